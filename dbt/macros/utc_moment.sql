{# Text as `2026-03-01T02:00:00+03:00` as a timestamp in UTC; null for null and empty text. #}
{% macro utc_moment(text) -%}
    {{ return(adapter.dispatch('utc_moment', 'voronka')(text)) }}
{%- endmacro %}

{% macro default__utc_moment(text) -%}
    cast(cast(nullif({{ text }}, '') as timestamp with time zone) at time zone 'UTC' as timestamp)
{%- endmacro %}

{# Spark's `timestamp` is a moment; sessions are in UTC. #}
{% macro spark__utc_moment(text) -%}
    cast(cast(nullif({{ text }}, '') as timestamp) as timestamp_ntz)
{%- endmacro %}
