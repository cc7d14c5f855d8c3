with lines as (
    select
        source,
        product_id
    from {{ ref('fct_order_lines') }}
    where
        is_sold
        and product_id is not null
),

sources as (
    select
        source,
        min_orders
    from {{ ref('basket_sources') }}
),

products as (
    select
        source,
        product_id,
        count(*) as line_count
    from lines
    group by
        source,
        product_id
),

-- a product has at least as many lines as orders: too few lines means too few orders
final as (
    select
        cast(row_number() over (order by products.line_count, products.product_id) as integer) as item_id,
        products.product_id,
        products.source,
        sources.min_orders
    from products
    inner join sources on products.source = sources.source
    where products.line_count >= sources.min_orders
)

select * from final
