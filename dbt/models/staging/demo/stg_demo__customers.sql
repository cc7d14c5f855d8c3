with clients as (
    select * from {{ source('raw_demo', 'clients') }}
),

final as (
    select
        'demo' as source,
        'demo:' || cast(id as string) as customer_id,
        title as name,
        type as kind,
        country,
        region,
        city,
        geo_source as geo_basis,
        cast(created_at as timestamp) as created_at
    from clients
)

select * from final
