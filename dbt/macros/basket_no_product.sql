{# The id that stands for lines of a source without a product. #}
{% macro no_product(source) -%}
    concat({{ source }}, ':(none)')
{%- endmacro %}
