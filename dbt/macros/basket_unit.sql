{# Var `basket_unit`, refused unless it is one that baskets can be made of. #}
{% macro basket_unit() -%}
    {% set unit = var('basket_unit') -%}
    {% if unit not in ('order', 'customer_day') -%}
        {% do exceptions.raise_compiler_error(
            "var `basket_unit` is " ~ unit ~ ": write order or customer_day"
        ) -%}
    {% endif -%}
    {{ return(unit) }}
{%- endmacro %}


{# How many baskets rows of `basket_orders` are: orders share one if baskets are customers' days. #}
{% macro basket_count(condition=none) -%}
    {% set filter = ' filter (where ' ~ condition ~ ')' if condition else '' -%}
    {{ 'count(*)' if basket_unit() == 'order' else 'count(distinct basket_id)' }}{{ filter }}
{%- endmacro %}


{# The number of an order's basket, in the order of days. `lone_order_id` is null where a customer's day is one. #}
{% macro basket_number(day, customer_id, lone_order_id) -%}
    {% if basket_unit() == 'order' -%}
        row_number() over (order by {{ day }} nulls last)
    {%- else -%}
        dense_rank() over (
            order by {{ day }} nulls last, {{ customer_id }} nulls last, {{ lone_order_id }} nulls last
        )
    {%- endif %}
{%- endmacro %}
