{#
    Each dimension, and what makes a customer's city miss it.
#}
{%- set dimensions = [('city', 'not is_known_city'), ('city_region', "region = '(unknown)'")] -%}
with customers as (
    select
        source,
        city,
        region,
        is_known_city
    from {{ ref('dim_customers') }}
    where city <> '(unknown)'
),

final as (
    {% for dimension, missing in dimensions -%}
    select
        source,
        '{{ dimension }}' as dimension,
        cast(null as {{ dbt.type_string() }}) as member,
        count(*) as n,
        sum(case when {{ missing }} then 1 else 0 end) as missing_n
    from customers
    group by source
    union all
    select
        source,
        '{{ dimension }}' as dimension,
        city as member,
        count(*) as n,
        count(*) as missing_n
    from customers
    where {{ missing }}
    group by
        source,
        city
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
)

select * from final
