{# Days from one timestamp to another, with the fraction of a day; null if either is null. #}
{% macro days_between(start, end) -%}
    {{ return(adapter.dispatch('days_between', 'voronka')(start, end)) }}
{%- endmacro %}

{% macro default__days_between(start, end) -%}
    date_diff('microsecond', {{ start }}, {{ end }}) / 86400000000.0
{%- endmacro %}

{% macro spark__days_between(start, end) -%}
    (unix_micros({{ end }}) - unix_micros({{ start }})) / 86400000000.0d
{%- endmacro %}


{# First day of the month of a date. #}
{% macro month_start(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}


{# First day of the calendar quarter of a date. #}
{% macro quarter_start(day) -%}
    cast(date_trunc('quarter', {{ day }}) as date)
{%- endmacro %}


{# A date some whole days or months after another (before it, if negative). #}
{% macro add_to_date(unit, count, day) -%}
    cast({{ day }} + ({{ count }}) * interval '1' {{ unit }} as date)
{%- endmacro %}


{# A table expression `numbers(n)` with the whole numbers 0 .. count - 1. #}
{% macro numbers(count) -%}
    {{ return(adapter.dispatch('numbers', 'voronka')(count)) }}
{%- endmacro %}

{% macro default__numbers(count) -%}
    (select cast(range as integer) as n from range({{ count }})) as numbers
{%- endmacro %}

{% macro spark__numbers(count) -%}
    (select cast(id as int) as n from range({{ count }})) as numbers
{%- endmacro %}
