{#
    ABC class of a row: A for those that bring the first 80 % of the total, B up to 95 %, C the rest.

    The row that crosses a limit belongs to the class above it, so the largest row is always A. Rows that
    bring nothing are C; null where the value is null or the whole group brings nothing.
#}
{% macro statistics_abc(value, id, partition_by) -%}
    case
        when {{ value }} is null then null
        when sum(greatest({{ value }}, 0)) over (partition by {{ partition_by }}) = 0 then null
        when {{ value }} <= 0 then 'C'
        when {{ statistics_share_before(value, id, partition_by) }} < 0.8 then 'A'
        when {{ statistics_share_before(value, id, partition_by) }} < 0.95 then 'B'
        else 'C'
    end
{%- endmacro %}

{# Share of the group's total brought by the rows larger than this one. #}
{% macro statistics_share_before(value, id, partition_by) -%}
    cast(
        sum(greatest({{ value }}, 0)) over (
            partition by {{ partition_by }}
            order by {{ value }} desc nulls last, {{ id }} asc
        ) - {{ value }} as double
    )
    / cast(sum(greatest({{ value }}, 0)) over (partition by {{ partition_by }}) as double)
{%- endmacro %}
