with

order_lines as (
    select * from {{ ref('fct_order_lines') }}
    where is_offered
),

products as (
    select * from {{ ref('dim_products') }}
),

amounts as (
    select
        order_lines.deal_id,
        coalesce(products.category, '(none)') as product_category,
        sum(order_lines.amount) as amount
    from order_lines
    left join products
        on order_lines.product_id = products.product_id
    group by order_lines.deal_id, coalesce(products.category, '(none)')
),

final as (
    select
        deal_id,
        product_category,
        amount
    from amounts
    qualify
        row_number() over (
            partition by deal_id
            order by amount desc nulls last, product_category
        ) = 1
)

select * from final
