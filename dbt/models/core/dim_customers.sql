with

customers as (
    select * from {{ ref('crm_customers') }}
),

final as (
    select
        customer_id,
        source,
        name as customer_name,
        kind,
        coalesce(nullif(trim(country), ''), '(unknown)') as country,
        coalesce(nullif(trim(region), ''), '(unknown)') as region,
        coalesce(nullif(trim(city), ''), '(unknown)') as city,
        geo_basis,
        created_at
    from customers
)

select * from final
