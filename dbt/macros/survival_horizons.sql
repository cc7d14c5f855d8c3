{# After how many days in a stage the chance of having advanced is published. #}
{% macro survival_horizons() -%}
    {{ return([7, 30, 90]) }}
{%- endmacro %}
