{# For each dimension of `data_coverage`: rows and value asked of, and how much of them misses it. #}
{% macro coverage_counts(dimensions) -%}
    {% for name, asked_of, missing, capability, by_manager in dimensions -%}
        sum(case when {{ asked_of }} then 1 else 0 end) as {{ name }}_n,
        sum(case when {{ asked_of }} and {{ missing }} then 1 else 0 end) as {{ name }}_missing_n,
        sum(case when {{ asked_of }} and amount > 0 then amount else 0 end) as {{ name }}_value,
        sum(case when {{ asked_of }} and {{ missing }} and amount > 0 then amount else 0 end)
            as {{ name }}_missing_value{{ ',' if not loop.last }}
    {% endfor -%}
{%- endmacro %}


{# The rows of `data_coverage` for one dimension: one per source, or per source and manager. #}
{% macro coverage_rows(relation, name, capability, by_manager=false) -%}
    select
        {{ relation }}.source,
        '{{ name }}' as dimension,
        {% if by_manager -%}
        {{ relation }}.manager_id,
        {%- else -%}
        cast(null as {{ dbt.type_string() }}) as manager_id,
        {%- endif %}
        cast(null as {{ dbt.type_string() }}) as member,
        sum({{ relation }}.{{ name }}_n) as n,
        sum({{ relation }}.{{ name }}_missing_n) as missing_n,
        sum({{ relation }}.{{ name }}_value) as value,
        sum({{ relation }}.{{ name }}_missing_value) as missing_value,
        {% if capability -%}
        case
            when not bool_or(sources.{{ capability }})
                then '{{ capability | replace("has_", "no_") }}'
        end as not_measurable
        {%- else -%}
        cast(null as {{ dbt.type_string() }}) as not_measurable
        {%- endif %}
    from {{ relation }}
    inner join sources
        on {{ relation }}.source = sources.source
    {% if by_manager -%}
    where {{ relation }}.manager_id is not null
    group by {{ relation }}.source, {{ relation }}.manager_id
    {%- else -%}
    group by {{ relation }}.source
    {%- endif %}
{%- endmacro %}
