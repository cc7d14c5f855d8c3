{% set counts_orders = var('basket_unit') == 'order' -%}
-- Orders of a pair are those of its bundle; orders of each product are those of `products` where baskets are
-- orders, and no more than those where they are customers' days. A returned row is a pair that disagrees.
with pairs as (
    select
        product_id,
        with_product_id,
        orders,
        product_orders,
        with_product_orders,
        concat(least(product_id, with_product_id), '|', greatest(product_id, with_product_id)) as product_ids
    from {{ ref('bought_together') }}
),

bundles as (
    select
        product_ids,
        orders
    from {{ ref('bundles') }}
    where size = 2
),

products as (
    select
        product_id,
        orders
    from {{ ref('products') }}
    where quarter is null
)

select
    pairs.product_id,
    pairs.with_product_id,
    pairs.orders,
    bundles.orders as bundle_orders,
    pairs.product_orders,
    products.orders as own_orders
from pairs
left join bundles on pairs.product_ids = bundles.product_ids
left join products on pairs.product_id = products.product_id
left join products as with_products on pairs.with_product_id = with_products.product_id
where
    pairs.orders <> coalesce(bundles.orders, -1)
    or pairs.product_orders {{ '<>' if counts_orders else '>' }} coalesce(products.orders, -1)
    or pairs.with_product_orders {{ '<>' if counts_orders else '>' }} coalesce(with_products.orders, -1)
