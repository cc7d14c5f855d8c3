{#
    Names of every level: its seed, its key, and the country that a match must not contradict.
#}
{%- set levels = [
    ('country', 'geo_countries', 'country_code'),
    ('region', 'geo_regions', 'region_code'),
    ('city', 'geo_cities', 'city_code'),
] -%}
with

spellings as (
    select * from {{ ref('geo_spellings') }}
),

{% for level, seed, key in levels -%}
{{ level }}_names as (
    select * from {{ ref(seed) }}
),

{% endfor -%}
texts as (
    {% for level, seed, key in levels -%}
    {% for column in [key, 'name_russian', 'name_english'] -%}
    select
        '{{ level }}' as level,
        {{ key }} as code,
        {{ column }} as spelling
    from {{ level }}_names
    union all
    {% endfor -%}
    {% endfor -%}
    select
        level,
        code,
        spelling
    from spellings
),

keyed as (
    select
        level,
        code,
        {{ normalise_place('spelling') }} as place_key
    from texts
),

final as (
    select distinct
        level,
        place_key,
        code
    from keyed
    where place_key is not null
)

select * from final
