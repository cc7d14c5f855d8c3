with

customers as (
    select * from {{ ref('crm_customers') }}
),

places as (
    select * from {{ ref('dim_places') }}
),

final as (
    select
        customers.customer_id,
        customers.source,
        customers.name as customer_name,
        customers.kind,
        places.country,
        places.region,
        places.city,
        places.geo_basis,
        places.is_known_city,
        customers.geo_basis as geo_source,
        customers.created_at
    from customers
    left join places
        on
            coalesce(trim(customers.country), '') = places.given_country
            and coalesce(trim(customers.region), '') = places.given_region
            and coalesce(trim(customers.city), '') = places.given_city
)

select * from final
