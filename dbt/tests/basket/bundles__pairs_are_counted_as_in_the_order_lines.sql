{% set by_customer = var('basket_unit') == 'customer_day' -%}
-- The baskets of the ten most popular pairs, counted from the order lines with nothing but a join.
-- A returned row is a pair with another count.
with pairs as (
    select
        product_ids,
        orders,
        revenue,
        {{ dbt.split_part('product_ids', "'|'", 1) }} as first_id,
        {{ dbt.split_part('product_ids', "'|'", 2) }} as second_id
    from {{ ref('bundles') }}
    where size = 2
    order by popularity_rank
    limit 10
),

sold_lines as (
    select
        {% if by_customer -%}
        coalesce(
            min(customer_id) over (partition by order_id)
            || ' on '
            || cast(min(ordered_on) over (partition by order_id) as {{ dbt.type_string() }}),
            order_id
        ) as basket,
        {% else -%}
        order_id as basket,
        {% endif -%}
        product_id,
        amount
    from {{ ref('fct_order_lines') }}
    where
        is_sold
        and product_id is not null
),

lines as (
    select
        basket,
        product_id,
        sum(amount) as amount
    from sold_lines
    group by
        basket,
        product_id
),

recounted as (
    select
        pairs.product_ids,
        count(*) as orders,
        sum(firsts.amount + seconds.amount) as revenue
    from pairs
    inner join lines as firsts on pairs.first_id = firsts.product_id
    inner join lines as seconds
        on
            pairs.second_id = seconds.product_id
            and firsts.basket = seconds.basket
    group by pairs.product_ids
)

select
    pairs.product_ids,
    pairs.orders,
    recounted.orders as recounted_orders,
    pairs.revenue,
    recounted.revenue as recounted_revenue
from pairs
left join recounted on pairs.product_ids = recounted.product_ids
where
    pairs.orders <> coalesce(recounted.orders, 0)
    or pairs.revenue <> coalesce(recounted.revenue, 0)
