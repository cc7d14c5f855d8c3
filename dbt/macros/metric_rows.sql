{#
    One row per deal and metric that it counts in: metric, pipeline, month and what it counts for.

    `prefix` goes before the deal's columns in `relation`; `columns` are passed on as they are.
#}
{% macro metric_rows(relation, prefix, columns=[]) -%}
    {%- set amount = 'coalesce(' ~ prefix ~ 'amount, 0)' -%}
    {%- set metrics = [
        ('deals_created', none, 'created_month', '1'),
        ('deals_won', 'won', 'closed_month', '1'),
        ('value_won', 'won', 'closed_month', amount),
        ('deals_lost', 'lost', 'closed_month', '1'),
        ('value_lost', 'lost', 'closed_month', amount),
    ] -%}
    {% for metric, outcome, month, value in metrics -%}
    select
        '{{ metric }}' as metric,
        {{ prefix }}pipeline_id as pipeline_id,
        {{ prefix }}{{ month }} as month,
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        cast({{ value }} as decimal(18, 2)) as value
    from {{ relation }}
    where
        {{ prefix }}{{ month }} is not null
        {%- if outcome %}
        and {{ prefix }}outcome = '{{ outcome }}'
        {%- endif %}
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor -%}
{%- endmacro %}
