with

places as (
    select * from {{ ref('dim_places') }}
),

known_regions as (
    select * from {{ ref('geo_regions') }}
),

-- A region named under several countries belongs to the one with most of its customers.
countries as (
    select
        region,
        country,
        row_number() over (
            partition by region
            order by sum(customers) desc nulls last, country
        ) as place
    from places
    group by
        region,
        country
),

regions as (
    select
        region,
        max(region_code) as region_code,
        sum(customers) as customers
    from places
    group by region
),

final as (
    select
        regions.region,
        countries.country,
        regions.region_code,
        cast(known_regions.population as bigint) as population,
        cast(known_regions.population_year as integer) as population_year,
        cast(regions.customers as bigint) as customers
    from regions
    inner join countries
        on
            regions.region = countries.region
            and countries.place = 1
    left join known_regions
        on regions.region_code = known_regions.region_code
)

select * from final
