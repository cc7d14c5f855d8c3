with lines as (
    select
        source,
        order_id,
        customer_id,
        ordered_on
    from {{ ref('fct_order_lines') }}
    where
        is_sold
        and product_id is not null
),

-- an order id carries its source, so the group has one; any_value would take half as long again
orders as (
    select
        source,
        order_id,
        min(customer_id) as customer_id,
        min(ordered_on) as ordered_on,
        count(*) as line_count
    from lines
    group by
        source,
        order_id
),

-- for baskets of a customer's day: an order without a customer or a day is a basket of its own
keyed as (
    select
        order_id,
        source,
        case when ordered_on is not null then customer_id end as customer_id,
        case when ordered_on is null or customer_id is null then order_id end as lone_order_id,
        ordered_on,
        line_count
    from orders
),

periods as (
    select
        source,
        min(ordered_on) as first_on,
        max(ordered_on) as last_on
    from orders
    group by source
),

final as (
    select
        cast({{ basket_number('keyed.ordered_on', 'keyed.customer_id', 'keyed.lone_order_id') }} as integer)
            as basket_id,
        keyed.order_id,
        keyed.source,
        keyed.line_count,
        2 * {{ dbt.datediff('periods.first_on', 'keyed.ordered_on', 'day') }}
        <= {{ dbt.datediff('periods.first_on', 'periods.last_on', 'day') }} as is_first_half
    from keyed
    inner join periods on keyed.source = periods.source
)

select * from final
