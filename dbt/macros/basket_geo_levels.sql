{# `group by` over the three levels of geography, each by quarter and over all time. #}
{% macro geo_levels(quarter) -%}
    group by grouping sets (
        (country, {{ quarter }}),
        (country),
        (country, region, {{ quarter }}),
        (country, region),
        (country, region, city, {{ quarter }}),
        (country, region, city)
    )
{%- endmacro %}


{# Select-list items that name the row of such a grouping: level, its members, quarter, is_all_time. #}
{% macro geo_level_columns(quarter) -%}
    case
        when grouping(region) = 1 then 'country'
        when grouping(city) = 1 then 'region'
        else 'city'
    end as level,
        country,
        case when grouping(region) = 0 then region end as region,
        case when grouping(city) = 0 then city end as city,
        case when grouping({{ quarter }}) = 0 then {{ quarter }} end as quarter,
        grouping({{ quarter }}) = 1 as is_all_time
{%- endmacro %}


{# Join condition on the columns of `geo_level_columns`. #}
{% macro same_geo(one, other) -%}
    {{ one }}.level = {{ other }}.level
            and {{ one }}.country = {{ other }}.country
            and {{ one }}.region is not distinct from {{ other }}.region
            and {{ one }}.city is not distinct from {{ other }}.city
{%- endmacro %}
