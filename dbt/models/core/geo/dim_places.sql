{%- set naming = var('place_names') -%}
{%- if naming not in ('russian', 'english', 'as_given') -%}
    {%- do exceptions.raise_compiler_error(
        "var `place_names` is " ~ naming ~ ": write russian, english or as_given"
    ) -%}
{%- endif -%}
{%- set name = 'name_english' if naming == 'english' else 'name_russian' -%}
with

customers as (
    select * from {{ ref('crm_customers') }}
),

marketing_spend as (
    select * from {{ ref('crm_marketing_spend') }}
),

company_cities as (
    select
        trim(city) as city,
        trim(region) as region,
        coalesce(trim(country), '') as country,
        {{ normalise_place('city') }} as city_key,
        {{ normalise_place('country') }} as country_key
    from {{ ref('company_cities') }}
),

spellings as (
    select * from {{ ref('place_spellings') }}
),

countries as (
    select * from {{ ref('geo_countries') }}
),

regions as (
    select * from {{ ref('geo_regions') }}
),

cities as (
    select * from {{ ref('geo_cities') }}
),

given as (
    select
        coalesce(trim(country), '') as given_country,
        coalesce(trim(region), '') as given_region,
        coalesce(trim(city), '') as given_city,
        count(*) as customers
    from customers
    group by
        coalesce(trim(country), ''),
        coalesce(trim(region), ''),
        coalesce(trim(city), '')
    union all
    select distinct
        '' as given_country,
        coalesce(trim(region), '') as given_region,
        '' as given_city,
        0 as customers
    from marketing_spend
),

keyed as (
    select
        given_country,
        given_region,
        given_city,
        cast(sum(customers) as bigint) as customers,
        {{ normalise_place('given_country') }} as country_key,
        {{ normalise_place('given_region') }} as region_key,
        {{ normalise_place('given_city') }} as city_key
    from given
    group by
        given_country,
        given_region,
        given_city
),

-- The company's own word on a city counts like a region in the customer's record, where that has none.
placed_by_company as (
    select
        keyed.given_country,
        keyed.city_key,
        max(company_cities.city) as city,
        max(company_cities.region) as region,
        max(company_cities.country) as country
    from keyed
    inner join company_cities
        on
            keyed.city_key = company_cities.city_key
            and coalesce(keyed.country_key, company_cities.country_key, '')
            = coalesce(company_cities.country_key, keyed.country_key, '')
    group by
        keyed.given_country,
        keyed.city_key
),

places as (
    select
        keyed.given_country,
        keyed.given_region,
        keyed.given_city,
        keyed.customers,
        placed_by_company.city_key is not null as is_placed_by_company,
        coalesce(nullif(keyed.given_country, ''), placed_by_company.country, '') as country,
        coalesce(nullif(keyed.given_region, ''), placed_by_company.region, '') as region,
        {% if naming == 'as_given' -%}
        keyed.given_city as city,
        {%- else -%}
        coalesce(placed_by_company.city, keyed.given_city) as city,
        {%- endif %}
        coalesce(keyed.country_key, {{ normalise_place('placed_by_company.country') }}) as country_key,
        coalesce(keyed.region_key, {{ normalise_place('placed_by_company.region') }}) as region_key,
        keyed.city_key
    from keyed
    left join placed_by_company
        on
            keyed.given_region = ''
            and keyed.given_country = placed_by_company.given_country
            and keyed.city_key = placed_by_company.city_key
),

-- A match holds only where the wider place, if the source gives it, is the same one.
matched as (
    select
        places.given_country,
        places.given_region,
        places.given_city,
        places.customers,
        places.country,
        places.region,
        places.city,
        places.is_placed_by_company,
        country_spellings.code as given_country_code,
        regions.region_code as given_region_code,
        cities.city_code,
        cities.region_code as city_region_code
    from places
    left join spellings as country_spellings
        on
            places.country_key = country_spellings.place_key
            and country_spellings.level = 'country'
    left join spellings as region_spellings
        on
            places.region_key = region_spellings.place_key
            and region_spellings.level = 'region'
    left join regions
        on
            region_spellings.code = regions.region_code
            and (places.country = '' or country_spellings.code = regions.country_code)
    left join spellings as city_spellings
        on
            places.city_key = city_spellings.place_key
            and city_spellings.level = 'city'
    left join cities
        on
            city_spellings.code = cities.city_code
            and (
                regions.region_code = cities.region_code
                or (
                    places.region = ''
                    and (
                        places.country = ''
                        or country_spellings.code = split_part(cities.region_code, '-', 1)
                    )
                )
            )
),

coded as (
    select
        given_country,
        given_region,
        given_city,
        customers,
        country,
        region,
        city,
        is_placed_by_company,
        coalesce(given_region_code, city_region_code) as region_code,
        coalesce(
            split_part(coalesce(given_region_code, city_region_code), '-', 1),
            given_country_code
        ) as country_code,
        city_code,
        case
            when given_region <> '' then 'company'
            when region <> '' then 'company_city'
            when city_region_code is not null then 'city_seed'
            else 'unknown'
        end as geo_basis
    from matched
),

final as (
    select
        coded.given_country,
        coded.given_region,
        coded.given_city,
        coded.country_code,
        coded.region_code,
        coded.city_code,
        {% for level, names in [('country', 'countries'), ('region', 'regions'), ('city', 'cities')] -%}
        {% if naming == 'as_given' -%}
        coalesce(nullif(coded.{{ level }}, ''), {{ names }}.{{ name }}, '(unknown)') as {{ level }},
        {% else -%}
        coalesce({{ names }}.{{ name }}, nullif(coded.{{ level }}, ''), '(unknown)') as {{ level }},
        {% endif -%}
        {% endfor -%}
        coded.geo_basis,
        coded.city_code is not null or coded.is_placed_by_company as is_known_city,
        coded.customers
    from coded
    left join countries
        on coded.country_code = countries.country_code
    left join regions
        on coded.region_code = regions.region_code
    left join cities
        on coded.city_code = cities.city_code
)

select * from final
