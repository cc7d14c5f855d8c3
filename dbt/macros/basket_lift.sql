{# How many times more often two products are in one order than if they were bought independently. #}
{% macro basket_lift(both_orders, first_orders, second_orders, all_orders) -%}
    cast({{ both_orders }} as double) * {{ all_orders }}
    / nullif(cast({{ first_orders }} as double) * {{ second_orders }}, 0)
{%- endmacro %}
