{# Stops the statement with a message made of row values. Use it in `where` or `having`: a column may be pruned. #}
{% macro raise_error(message) -%}
    {{ return(adapter.dispatch('raise_error', 'voronka')(message)) }}
{%- endmacro %}

{% macro default__raise_error(message) -%}
    error({{ message }})
{%- endmacro %}

{% macro spark__raise_error(message) -%}
    raise_error({{ message }})
{%- endmacro %}
