with goods as (
    select * from {{ source('raw_demo', 'goods') }}
),

final as (
    select
        'demo' as source,
        'demo:' || cast(id as string) as product_id,
        article as sku,
        title as name,
        category,
        cast(price as decimal(18, 4)) as list_price,
        cast(cost as decimal(18, 4)) as unit_cost,
        not is_archived as is_active
    from goods
)

select * from final
