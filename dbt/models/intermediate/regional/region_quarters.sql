with

sales as (
    select * from {{ ref('region_sales') }}
),

lines as (
    select * from {{ ref('fct_order_lines') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

orders as (
    select
        region,
        ordered_quarter as quarter,
        order_id,
        deal_id
    from lines
    where is_sold
    group by
        region,
        ordered_quarter,
        order_id,
        deal_id
    union all
    select
        deals.region,
        deals.closed_quarter as quarter,
        deals.deal_id as order_id,
        deals.deal_id
    from deals
    inner join sources
        on deals.source = sources.source
    where
        deals.outcome = 'won'
        and not sources.has_lines
),

-- What is counted per region and quarter, one below the other.
counts as (
    select
        region,
        {{ quarter_start('created_on') }} as quarter,
        count(*) as leads,
        0 as closed_deals,
        0 as won_deals,
        0 as orders,
        0 as sold_deals,
        0 as units,
        0 as product_revenue,
        0 as revenue
    from deals
    group by
        region,
        {{ quarter_start('created_on') }}
    union all
    select
        region,
        closed_quarter as quarter,
        0 as leads,
        count(*) as closed_deals,
        sum(case when outcome = 'won' then 1 else 0 end) as won_deals,
        0 as orders,
        0 as sold_deals,
        0 as units,
        0 as product_revenue,
        0 as revenue
    from deals
    where outcome in ('won', 'lost')
    group by
        region,
        closed_quarter
    union all
    select
        region,
        quarter,
        0 as leads,
        0 as closed_deals,
        0 as won_deals,
        count(distinct order_id) as orders,
        count(distinct deal_id) as sold_deals,
        0 as units,
        0 as product_revenue,
        0 as revenue
    from orders
    group by
        region,
        quarter
    union all
    select
        region,
        quarter,
        0 as leads,
        0 as closed_deals,
        0 as won_deals,
        0 as orders,
        0 as sold_deals,
        sum(case when product_id is not null then units end) as units,
        sum(case when product_id is not null then revenue end) as product_revenue,
        sum(revenue) as revenue
    from sales
    group by
        region,
        quarter
),

final as (
    select
        region,
        quarter,
        cast(sum(leads) as bigint) as leads,
        cast(sum(closed_deals) as bigint) as closed_deals,
        cast(sum(won_deals) as bigint) as won_deals,
        cast(sum(orders) as bigint) as orders,
        cast(sum(sold_deals) as bigint) as sold_deals,
        cast(coalesce(sum(units), 0) as decimal(38, 3)) as units,
        cast(coalesce(sum(product_revenue), 0) as decimal(38, 2)) as product_revenue,
        cast(sum(revenue) as decimal(38, 2)) as revenue
    from counts
    group by
        region,
        quarter
)

select * from final
