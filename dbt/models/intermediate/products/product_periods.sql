with lines as (
    select
        source,
        product_id,
        order_id,
        deal_id,
        customer_id,
        quantity,
        amount,
        list_amount,
        discount,
        cost,
        ordered_quarter,
        is_return,
        is_sold,
        is_offered
    from {{ ref('fct_order_lines') }}
),

deals as (
    select
        deal_id,
        outcome,
        closed_quarter
    from {{ ref('fct_deals') }}
),

-- lines without a product are a product of their own, so that revenue adds up to the company's
keyed_lines as (
    select
        coalesce(product_id, {{ no_product('source') }}) as product_id,
        source,
        order_id,
        deal_id,
        customer_id,
        quantity,
        amount,
        list_amount,
        discount,
        cost,
        ordered_quarter,
        is_return,
        is_sold,
        is_offered
    from lines
),

-- one row per product and order first: the distinct counts over quarters then read far fewer rows
sold_orders as (
    select
        product_id,
        order_id,
        ordered_quarter,
        min(customer_id) as customer_id,
        sum(quantity) as units,
        sum(amount) as revenue,
        sum(list_amount) as list_amount,
        sum(discount) as discount,
        sum(cost) as cost,
        count(*) - count(cost) as lines_without_cost,
        count(*) - count(amount) as lines_without_amount
    from keyed_lines
    where is_sold
    group by
        product_id,
        order_id,
        ordered_quarter
),

sold as (
    select
        product_id,
        case when grouping(ordered_quarter) = 0 then ordered_quarter end as quarter,
        grouping(ordered_quarter) = 1 as is_all_time,
        sum(units) as units,
        sum(revenue) as revenue,
        sum(list_amount) as list_amount,
        sum(discount) as discount,
        case
            when sum(lines_without_cost) = 0 and sum(lines_without_amount) = 0
                then sum(revenue) - sum(cost)
        end as margin,
        count(distinct order_id) as orders,
        count(distinct customer_id) as customers
    from sold_orders
    group by grouping sets ((product_id, ordered_quarter), (product_id))
),

returned as (
    select
        product_id,
        case when grouping(ordered_quarter) = 0 then ordered_quarter end as quarter,
        grouping(ordered_quarter) = 1 as is_all_time,
        sum(abs(quantity)) as returned_units,
        sum(abs(amount)) as returned_revenue
    from keyed_lines
    where is_return
    group by grouping sets ((product_id, ordered_quarter), (product_id))
),

-- a deal counts once for each product it offered, in the quarter it was closed
offered_deals as (
    select
        keyed_lines.product_id,
        deals.deal_id,
        deals.closed_quarter,
        deals.outcome
    from keyed_lines
    inner join deals on keyed_lines.deal_id = deals.deal_id
    where
        keyed_lines.is_offered
        and deals.outcome in ('won', 'lost')
    group by
        keyed_lines.product_id,
        deals.deal_id,
        deals.closed_quarter,
        deals.outcome
),

offered as (
    select
        product_id,
        case when grouping(closed_quarter) = 0 then closed_quarter end as quarter,
        grouping(closed_quarter) = 1 as is_all_time,
        count(*) as offered_deals,
        count(*) filter (where outcome = 'won') as won_deals
    from offered_deals
    group by grouping sets ((product_id, closed_quarter), (product_id))
),

periods as (
    select
        product_id,
        quarter,
        is_all_time
    from sold
    union distinct
    select
        product_id,
        quarter,
        is_all_time
    from returned
    union distinct
    select
        product_id,
        quarter,
        is_all_time
    from offered
),

final as (
    select
        periods.product_id,
        periods.quarter,
        periods.is_all_time,
        cast(coalesce(sold.units, 0) as decimal(18, 3)) as units,
        -- without a sale it is 0; if no line sold has an amount, it is unknown
        cast(case when sold.product_id is null then 0 else sold.revenue end as decimal(18, 2)) as revenue,
        cast(sold.margin as decimal(18, 2)) as margin,
        cast(sold.list_amount as decimal(18, 2)) as list_amount,
        cast(sold.discount as decimal(18, 2)) as discount,
        coalesce(sold.orders, 0) as orders,
        coalesce(sold.customers, 0) as customers,
        cast(coalesce(returned.returned_units, 0) as decimal(18, 3)) as returned_units,
        cast(
            case when returned.product_id is null then 0 else returned.returned_revenue end as decimal(18, 2)
        ) as returned_revenue,
        coalesce(offered.offered_deals, 0) as offered_deals,
        coalesce(offered.won_deals, 0) as won_deals
    from periods
    {% for table in ['sold', 'returned', 'offered'] -%}
    left join {{ table }}
        on
            periods.product_id = {{ table }}.product_id
            and periods.is_all_time = {{ table }}.is_all_time
            and periods.quarter is not distinct from {{ table }}.quarter
    {% endfor %}
)

select * from final
