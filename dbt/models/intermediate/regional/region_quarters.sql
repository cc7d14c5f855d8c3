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
        deal_id,
        sum(amount) as amount
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
        deals.deal_id,
        deals.amount
    from deals
    inner join sources
        on deals.source = sources.source
    where
        deals.outcome = 'won'
        and not sources.has_lines
),

created as (
    select
        region,
        {{ quarter_start('created_on') }} as quarter,
        count(*) as leads
    from deals
    group by
        region,
        {{ quarter_start('created_on') }}
),

closed as (
    select
        region,
        closed_quarter as quarter,
        count(*) as closed_deals,
        sum(case when outcome = 'won' then 1 else 0 end) as won_deals
    from deals
    where outcome in ('won', 'lost')
    group by
        region,
        closed_quarter
),

ordered as (
    select
        region,
        quarter,
        count(distinct order_id) as orders,
        count(distinct deal_id) as sold_deals,
        sum(power(cast(amount as double), 2)) as squared_bills
    from orders
    group by
        region,
        quarter
),

sold as (
    select
        region,
        quarter,
        sum(case when product_id is not null then units end) as units,
        sum(case when product_id is not null then revenue end) as product_revenue,
        sum(revenue) as revenue,
        sum(costed_revenue) as costed_revenue,
        sum(cost) as cost
    from sales
    group by
        region,
        quarter
),

{%- set parts = ['created', 'closed', 'ordered', 'sold'] %}

region_quarters as (
    {% for part in parts -%}
    select
        region,
        quarter
    from {{ part }}
    {% if not loop.last -%}
    union
    {% endif -%}
    {% endfor %}
),

final as (
    select
        region_quarters.region,
        region_quarters.quarter,
        cast(coalesce(created.leads, 0) as bigint) as leads,
        cast(coalesce(closed.closed_deals, 0) as bigint) as closed_deals,
        cast(coalesce(closed.won_deals, 0) as bigint) as won_deals,
        cast(coalesce(ordered.orders, 0) as bigint) as orders,
        cast(coalesce(ordered.sold_deals, 0) as bigint) as sold_deals,
        cast(coalesce(sold.units, 0) as decimal(38, 3)) as units,
        cast(coalesce(sold.product_revenue, 0) as decimal(38, 2)) as product_revenue,
        cast(coalesce(sold.revenue, 0) as decimal(38, 2)) as revenue,
        cast(coalesce(sold.costed_revenue, 0) as decimal(38, 2)) as costed_revenue,
        cast(coalesce(sold.cost, 0) as decimal(38, 2)) as cost,
        coalesce(ordered.squared_bills, 0) as squared_bills
    from region_quarters
    {% for part in parts -%}
    left join {{ part }}
        on
            region_quarters.region = {{ part }}.region
            and region_quarters.quarter is not distinct from {{ part }}.quarter
    {% endfor %}
)

select * from final
