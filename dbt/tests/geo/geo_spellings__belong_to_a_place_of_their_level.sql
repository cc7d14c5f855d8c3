-- A code with a typing error would leave its spelling unrecognised. A returned row is a spelling of no place.
with

spellings as (
    select * from {{ ref('geo_spellings') }}
),

countries as (
    select * from {{ ref('geo_countries') }}
),

regions as (
    select * from {{ ref('geo_regions') }}
),

cities as (
    select * from {{ ref('geo_cities') }}
)

select
    spellings.level,
    spellings.code,
    spellings.spelling
from spellings
left join countries
    on
        spellings.code = countries.country_code
        and spellings.level = 'country'
left join regions
    on
        spellings.code = regions.region_code
        and spellings.level = 'region'
left join cities
    on
        spellings.code = cities.city_code
        and spellings.level = 'city'
where coalesce(countries.country_code, regions.region_code, cities.city_code) is null
