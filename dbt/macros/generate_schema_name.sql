{# Schemas carry their literal names (core, marts), so an asset key, a dbt model and a table agree. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
