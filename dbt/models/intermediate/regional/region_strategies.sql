with

spend as (
    select * from {{ ref('fct_marketing_spend') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
),

lines as (
    select * from {{ ref('fct_order_lines') }}
),

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

recent_quarters as (
    select quarter
    from {{ ref('region_periods') }}
    where kind = 'recent'
),

deal_sales as (
    select
        deal_id,
        sum(amount) as amount
    from lines
    where
        is_sold
        and deal_id is not null
    group by deal_id
),

labelled_deals as (
    select
        deals.region,
        campaigns.channel,
        campaigns.strategy,
        {{ quarter_start('deals.created_on') }} as created_quarter,
        deals.closed_quarter,
        deals.outcome,
        coalesce(case when sources.has_lines then deal_sales.amount else deals.amount end, 0) as revenue
    from deals
    inner join campaigns
        on deals.campaign_id = campaigns.campaign_id
    left join deal_sales
        on deals.deal_id = deal_sales.deal_id
    left join sources
        on deals.source = sources.source
    where
        campaigns.channel is not null
        and campaigns.strategy is not null
),

events as (
    select
        spend.region,
        spend.channel,
        spend.strategy,
        spend.amount as spend,
        0 as leads,
        0 as revenue
    from spend
    inner join recent_quarters
        on spend.spent_quarter = recent_quarters.quarter
    where spend.strategy <> '(unknown)'
    union all
    select
        labelled_deals.region,
        labelled_deals.channel,
        labelled_deals.strategy,
        0 as spend,
        1 as leads,
        0 as revenue
    from labelled_deals
    inner join recent_quarters
        on labelled_deals.created_quarter = recent_quarters.quarter
    union all
    select
        labelled_deals.region,
        labelled_deals.channel,
        labelled_deals.strategy,
        0 as spend,
        0 as leads,
        labelled_deals.revenue
    from labelled_deals
    inner join recent_quarters
        on labelled_deals.closed_quarter = recent_quarters.quarter
    where labelled_deals.outcome = 'won'
),

-- Leads and revenue of a channel without spend in the region say nothing about what the money brings.
cells as (
    select
        region,
        strategy,
        channel,
        sum(spend) as spend,
        sum(leads) as leads,
        sum(revenue) as revenue
    from events
    group by
        region,
        strategy,
        channel
    having sum(spend) > 0
),

here as (
    select
        region,
        strategy,
        sum(spend) as spend,
        sum(leads) as leads,
        sum(revenue) as revenue
    from cells
    group by
        region,
        strategy
),

everywhere as (
    select
        strategy,
        sum(spend) as spend,
        sum(leads) as leads,
        sum(revenue) as revenue
    from cells
    group by strategy
),

regions as (
    select distinct region
    from {{ ref('region_totals') }}
),

final as (
    select
        regions.region,
        everywhere.strategy,
        cast(coalesce(here.spend, 0) as decimal(18, 2)) as spend,
        cast(coalesce(here.leads, 0) as bigint) as leads,
        cast(coalesce(here.revenue, 0) as decimal(18, 2)) as revenue,
        cast(everywhere.spend - coalesce(here.spend, 0) as decimal(18, 2)) as spend_elsewhere,
        cast(everywhere.leads - coalesce(here.leads, 0) as bigint) as leads_elsewhere,
        cast(everywhere.revenue - coalesce(here.revenue, 0) as decimal(18, 2)) as revenue_elsewhere
    from regions
    cross join everywhere
    left join here
        on
            regions.region = here.region
            and everywhere.strategy = here.strategy
)

select * from final
