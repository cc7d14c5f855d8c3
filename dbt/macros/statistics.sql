{# numerator / denominator as a double; null where the denominator is 0 or null. #}
{% macro share(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}


{# The p-th percentile of a column, interpolated; an aggregate. DuckDB and Spark agree on this form. #}
{% macro percentile(p, value) -%}
    percentile_cont({{ p }}) within group (order by {{ value }})
{%- endmacro %}


{# 97.5th percentile of the standard normal: two-sided 95 %. #}
{% macro z_95() -%}
    1.959963984540054
{%- endmacro %}


{#
    Wilson score interval, 95 %, of a share of `successes` in `n`; null where n is 0.
    It means something for small n and for shares of 0 and 1, whose outer bounds are exactly 0 and 1.
#}
{% macro wilson_low(successes, n) -%}
    case
        when {{ successes }} = 0 and {{ n }} > 0 then cast(0 as double)
        when {{ n }} > 0 then {{ wilson_bound(successes, n, '-') }}
    end
{%- endmacro %}

{% macro wilson_high(successes, n) -%}
    case
        when {{ successes }} = {{ n }} and {{ n }} > 0 then cast(1 as double)
        when {{ n }} > 0 then {{ wilson_bound(successes, n, '+') }}
    end
{%- endmacro %}

{% macro wilson_bound(successes, n, sign) -%}
    {%- set z2 = z_95() ~ ' * ' ~ z_95() -%}
    (
        {{ successes }} + {{ z2 }} / 2
        {{ sign }} {{ z_95() }} * sqrt(
            cast({{ successes }} as double) * ({{ n }} - {{ successes }}) / {{ n }} + {{ z2 }} / 4
        )
    ) / ({{ n }} + {{ z2 }})
{%- endmacro %}


{#
    A computed number to `digits` decimal places. Sums of doubles depend in their last bits on the order that
    threads add in: rounded, the same raw rows give the same published number every night.
#}
{% macro rounded(value, digits=9) -%}
    round({{ value }}, {{ digits }})
{%- endmacro %}


{#
    A sum of doubles that does not depend on the order that threads add in: each is taken to twelve decimal
    places, and decimals add up exactly. For what tests and verdicts are computed from; an aggregate.
#}
{% macro exact_sum(value) -%}
    cast(sum(cast({{ value }} as decimal(38, 12))) as double)
{%- endmacro %}


{# As `rounded`, but to twelve significant digits: for probabilities and shares that can be very small. #}
{% macro significant(value) -%}
    case
        when abs({{ value }}) < 1e-300 then {{ value }}
        else
            round({{ value }} / power(10.0, floor(log10(abs({{ value }})))), 11)
            * power(10.0, floor(log10(abs({{ value }}))))
    end
{%- endmacro %}
