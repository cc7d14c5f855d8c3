with

companies as (
    select * from {{ source('raw_bitrix24', 'companies') }}
),

contacts as (
    select * from {{ source('raw_bitrix24', 'contacts') }}
),

requisites as (
    select * from {{ source('raw_bitrix24', 'requisites') }}
),

addresses as (
    select * from {{ source('raw_bitrix24', 'addresses') }}
),

deals as (
    select * from {{ source('raw_bitrix24', 'deals') }}
),

field_values as (
    select * from {{ source('raw_bitrix24', 'field_values') }}
),

portal as (
    select * from {{ source('raw_bitrix24', 'portal') }}
),

customers as (
    select
        'company' as kind,
        'companies' as entity,
        id,
        'company:' || id as customer,
        title as name,
        mapped_region,
        mapped_city,
        createdtime
    from companies
    union all
    select
        'person' as kind,
        'contacts' as entity,
        id,
        'contact:' || id as customer,
        trim(coalesce(lastname, '') || ' ' || coalesce(name, '')) as name,
        mapped_region,
        mapped_city,
        createdtime
    from contacts
),

-- One address per customer: the legal one before the actual one before that of delivery.
ranked_addresses as (
    select
        case requisites.entity_type_id when '4' then 'company:' else 'contact:' end
        || requisites.entity_id as customer,
        nullif(trim(addresses.country), '') as country,
        -- PROVINCE is what people call a region; REGION is a district, filled where PROVINCE is not.
        coalesce(nullif(trim(addresses.province), ''), nullif(trim(addresses.region), '')) as region,
        nullif(trim(addresses.city), '') as city,
        case addresses.type_id
            when '6' then 'legal_address'
            when '1' then 'actual_address'
            when '11' then 'delivery_address'
            else 'other_address'
        end as geo_basis,
        row_number() over (
            partition by requisites.entity_type_id, requisites.entity_id
            order by
                case addresses.type_id when '6' then 1 when '1' then 2 when '11' then 3 else 4 end,
                cast(requisites.id as bigint),
                cast(addresses.type_id as bigint)
        ) as preference
    from requisites
    inner join addresses
        on
            requisites.id = addresses.entity_id
            and addresses.entity_type_id = '8'
    where requisites.entity_type_id in ('3', '4')
),

-- Where deals carry the place, a customer's newest deal that has one tells it.
deal_places as (
    select
        coalesce(
            'company:' || nullif(companyid, '0'), 'contact:' || nullif(contactid, '0')
        ) as customer,
        max_by(mapped_region, {{ utc_moment('createdtime') }}) as region,
        max_by(mapped_city, {{ utc_moment('createdtime') }}) as city
    from deals
    where nullif(trim(mapped_region), '') is not null
    group by 1
),

places as (
    select
        customers.customer,
        customers.entity,
        portal.region_in,
        case portal.region_in
            when 'customer' then nullif(trim(customers.mapped_region), '')
            when 'deal' then deal_places.region
            else ranked_addresses.region
        end as region,
        case portal.region_in
            when 'customer' then nullif(trim(customers.mapped_city), '')
            when 'deal' then nullif(trim(deal_places.city), '')
            else ranked_addresses.city
        end as city,
        case when portal.region_in = 'requisites' then ranked_addresses.country end as country,
        ranked_addresses.geo_basis
    from customers
    cross join portal
    left join ranked_addresses
        on
            customers.customer = ranked_addresses.customer
            and ranked_addresses.preference = 1
    left join deal_places
        on customers.customer = deal_places.customer
),

final as (
    select
        'bitrix24' as source,
        'bitrix24:' || customers.customer as customer_id,
        nullif(customers.name, '') as name,
        customers.kind,
        places.country,
        coalesce(regions.value, places.region) as region,
        coalesce(cities.value, places.city) as city,
        case
            when coalesce(places.region, places.city, places.country) is null then null
            when places.region_in = 'customer' then 'customer_field'
            when places.region_in = 'deal' then 'deal_field'
            else places.geo_basis
        end as geo_basis,
        {{ utc_moment('customers.createdtime') }} as created_at
    from customers
    inner join places
        on customers.customer = places.customer
    left join field_values as regions
        on
            places.region = regions.id
            and regions.role = 'region'
            and regions.entity = case places.region_in when 'deal' then 'deals' else places.entity end
    left join field_values as cities
        on
            places.city = cities.id
            and cities.role = 'city'
            and cities.entity = case places.region_in when 'deal' then 'deals' else places.entity end
)

select * from final
