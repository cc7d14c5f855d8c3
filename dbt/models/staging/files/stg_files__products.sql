with products as (
    select * from {{ source('raw_files', 'products') }}
),

final as (
    select
        source,
        source || ':' || product_id as product_id,
        sku,
        name,
        category,
        cast(list_price as decimal(18, 4)) as list_price,
        cast(unit_cost as decimal(18, 4)) as unit_cost,
        cast(is_active as boolean) as is_active
    from products
)

select * from final
