with

products as (
    select * from {{ ref('crm_products') }}
),

final as (
    select
        product_id,
        source,
        sku,
        name as product_name,
        coalesce(nullif(trim(category), ''), '(none)') as category,
        list_price,
        unit_cost,
        coalesce(is_active, true) as is_active
    from products
)

select * from final
