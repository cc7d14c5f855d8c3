{# The values of a group as one text, in an order of its own; an aggregate. `separator` is a literal. #}
{% macro basket_joined_text(value, separator, order_by) -%}
    {{ return(adapter.dispatch('basket_joined_text', 'voronka')(value, separator, order_by)) }}
{%- endmacro %}

{% macro default__basket_joined_text(value, separator, order_by) -%}
    string_agg({{ value }}, {{ separator }} order by {{ order_by }})
{%- endmacro %}

{% macro spark__basket_joined_text(value, separator, order_by) -%}
    listagg({{ value }}, {{ separator }}) within group (order by {{ order_by }})
{%- endmacro %}
