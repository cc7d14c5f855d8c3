with lines as (
    select
        source,
        order_id,
        ordered_on
    from {{ ref('fct_order_lines') }}
    where
        is_sold
        and product_id is not null
),

-- an order id carries its source, so the group has one
orders as (
    select
        order_id,
        any_value(source) as source,
        min(ordered_on) as ordered_on,
        count(*) as line_count
    from lines
    group by order_id
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
        cast(row_number() over (order by orders.ordered_on nulls last) as integer) as basket_id,
        orders.order_id,
        orders.source,
        orders.line_count,
        2 * {{ dbt.datediff('periods.first_on', 'orders.ordered_on', 'day') }}
        <= {{ dbt.datediff('periods.first_on', 'periods.last_on', 'day') }} as is_first_half
    from orders
    inner join periods on orders.source = periods.source
)

select * from final
