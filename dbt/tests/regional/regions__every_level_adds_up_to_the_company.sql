-- Revenue, leads and closed deals of all places of a level are those of the company: sold order lines, or
-- amounts of won deals for sources without lines. A returned row is a level that misses some or counts twice.
with levels as (
    select
        level,
        sum(revenue) as revenue,
        sum(leads) as leads,
        sum(closed_deals) as closed_deals
    from {{ ref('regions') }}
    where quarter is null
    group by level
),

sold_lines as (
    select coalesce(sum(amount), 0) as revenue
    from {{ ref('fct_order_lines') }}
    where is_sold
),

deals as (
    select
        count(*) as leads,
        sum(case when deals.outcome in ('won', 'lost') then 1 else 0 end) as closed_deals,
        coalesce(
            sum(case when deals.outcome = 'won' and not sources.has_lines then deals.amount end), 0
        ) as revenue
    from {{ ref('fct_deals') }} as deals
    left join {{ ref('dim_sources') }} as sources on deals.source = sources.source
)

select
    levels.level,
    levels.revenue,
    sold_lines.revenue + deals.revenue as company_revenue,
    levels.leads,
    deals.leads as company_leads,
    levels.closed_deals,
    deals.closed_deals as company_closed_deals
from levels
cross join sold_lines
cross join deals
where
    coalesce(levels.revenue, 0) <> sold_lines.revenue + deals.revenue
    or levels.leads <> deals.leads
    or levels.closed_deals <> deals.closed_deals
