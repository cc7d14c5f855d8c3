with customers as (
    select * from {{ source('raw_files', 'customers') }}
),

final as (
    select
        source,
        source || ':' || customer_id as customer_id,
        name,
        kind,
        country,
        region,
        city,
        geo_basis,
        cast(created_at as timestamp) as created_at
    from customers
)

select * from final
