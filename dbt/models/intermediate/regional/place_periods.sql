with deals as (
    select
        source,
        deal_id,
        customer_id,
        outcome,
        amount,
        created_at,
        closed_at,
        {{ quarter_start('created_on') }} as created_quarter,
        closed_quarter,
        country,
        region,
        city
    from {{ ref('fct_deals') }}
),

lines as (
    select
        order_id,
        customer_id,
        amount,
        ordered_quarter,
        country,
        region,
        city
    from {{ ref('fct_order_lines') }}
    where is_sold
),

sources as (
    select
        source,
        has_lines
    from {{ ref('dim_sources') }}
),

-- what was sold: order lines, or the amounts of won deals where the source has no lines
sales as (
    select
        order_id,
        customer_id,
        amount,
        ordered_quarter as quarter,
        country,
        region,
        city
    from lines
    union all
    select
        deals.deal_id as order_id,
        deals.customer_id,
        deals.amount,
        deals.closed_quarter as quarter,
        deals.country,
        deals.region,
        deals.city
    from deals
    inner join sources on deals.source = sources.source
    where
        deals.outcome = 'won'
        and not sources.has_lines
),

-- one row per order first, with the quarter of its customer's first order
orders as (
    select
        order_id,
        customer_id,
        country,
        region,
        city,
        quarter,
        sum(amount) as amount
    from sales
    group by
        order_id,
        customer_id,
        country,
        region,
        city,
        quarter
),

first_orders as (
    select
        customer_id,
        min(quarter) as first_quarter
    from orders
    where customer_id is not null
    group by customer_id
),

dated_orders as (
    select
        orders.order_id,
        orders.customer_id,
        case when orders.quarter = first_orders.first_quarter then orders.customer_id end as new_customer_id,
        orders.country,
        orders.region,
        orders.city,
        orders.quarter,
        orders.amount
    from orders
    left join first_orders on orders.customer_id = first_orders.customer_id
),

sold as (
    select
        {{ geo_level_columns('quarter') }},
        count(distinct order_id) as orders,
        count(distinct customer_id) as customers,
        count(distinct new_customer_id) as new_customers,
        sum(amount) as revenue
    from dated_orders
    {{ geo_levels('quarter') }}
),

created as (
    select
        {{ geo_level_columns('created_quarter') }},
        count(*) as leads
    from deals
    {{ geo_levels('created_quarter') }}
),

closed_deals as (
    select
        country,
        region,
        city,
        closed_quarter,
        outcome,
        case when outcome = 'won' then {{ days_between('created_at', 'closed_at') }} end as won_days
    from deals
    where outcome in ('won', 'lost')
),

closed as (
    select
        {{ geo_level_columns('closed_quarter') }},
        count(*) as closed_deals,
        count(*) filter (where outcome = 'won') as won_deals,
        {{ percentile(0.5, 'won_days') }} as cycle_days
    from closed_deals
    {{ geo_levels('closed_quarter') }}
),

{%- set parts = ['sold', 'created', 'closed'] %}

periods as (
    {% for part in parts -%}
    select
        level,
        country,
        region,
        city,
        quarter,
        is_all_time
    from {{ part }}
    {% if not loop.last -%}
    union distinct
    {% endif -%}
    {% endfor %}
),

final as (
    select
        periods.level,
        periods.country,
        periods.region,
        periods.city,
        periods.quarter,
        periods.is_all_time,
        cast(coalesce(created.leads, 0) as bigint) as leads,
        cast(coalesce(closed.closed_deals, 0) as bigint) as closed_deals,
        cast(coalesce(closed.won_deals, 0) as bigint) as won_deals,
        cast(coalesce(sold.orders, 0) as bigint) as orders,
        cast(coalesce(sold.customers, 0) as bigint) as customers,
        cast(coalesce(sold.new_customers, 0) as bigint) as new_customers,
        -- without a sale it is 0; if nothing sold has an amount, it is unknown
        cast(case when sold.level is null then 0 else sold.revenue end as decimal(18, 2)) as revenue,
        closed.cycle_days
    from periods
    {% for part in parts -%}
    left join {{ part }}
        on
            {{ same_geo('periods', part) }}
            and periods.is_all_time = {{ part }}.is_all_time
            and periods.quarter is not distinct from {{ part }}.quarter
    {% endfor %}
)

select * from final
