{# Natural logarithm of n!, n a whole number from 0 to about a billion. #}
{% macro statistics_ln_factorial(n) -%}
    {{ return(adapter.dispatch('statistics_ln_factorial', 'voronka')(n)) }}
{%- endmacro %}

{% macro duckdb__statistics_ln_factorial(n) -%}
    lgamma(cast({{ n }} as double) + 1)
{%- endmacro %}

{# Stirling's series at n + 8, where it is exact to a double, less ln((n + 1) ... (n + 8)). #}
{% macro default__statistics_ln_factorial(n) -%}
    {%- set x = '(cast(' ~ n ~ ' as double) + 9)' -%}
    (
        ({{ x }} - 0.5) * ln({{ x }}) - {{ x }} + 0.9189385332046727
        + 1 / (12 * {{ x }}) - 1 / (360 * power({{ x }}, 3)) + 1 / (1260 * power({{ x }}, 5))
        - 1 / (1680 * power({{ x }}, 7))
        {%- for step in range(1, 9) %}
        - ln(cast({{ n }} as double) + {{ step }})
        {%- endfor %}
    )
{%- endmacro %}


{# One row for each whole number 0 .. count - 1 of every row it is selected from; a select-list item. #}
{% macro statistics_each_number(count) -%}
    {{ return(adapter.dispatch('statistics_each_number', 'voronka')(count)) }}
{%- endmacro %}

{% macro default__statistics_each_number(count) -%}
    unnest(range({{ count }}))
{%- endmacro %}

{% macro spark__statistics_each_number(count) -%}
    explode(sequence(0, {{ count }} - 1))
{%- endmacro %}


{#
    How many terms of a hypergeometric tail, from the one nearest the mean outwards, make up all of it to a
    double's precision. Bernstein's inequality: past j terms less than exp(-j^2 / (2 (variance + j / 3))) of the
    tail is left, which this j makes exp(-45).
#}
{% macro statistics_tail_terms(variance) -%}
    ceil(15 + sqrt(225 + 90 * {{ variance }}))
{%- endmacro %}
