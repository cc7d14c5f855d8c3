{#
    An amount in the reporting currency, decimal(18, scale). `rate` comes from `dim_currency_rates` joined on
    `rate_join`. Null where the rate is missing; an amount without a currency is in the reporting currency.
    Multiplied as doubles: DuckDB's decimal(18) product overflows at amounts people do have.
#}
{% macro to_reporting_currency(amount, currency, rate, scale=2) -%}
    case
        when {{ is_reporting_currency(currency) }} then cast({{ amount }} as decimal(18, {{ scale }}))
        else cast(cast({{ amount }} as double) * {{ rate }} as decimal(18, {{ scale }}))
    end
{%- endmacro %}


{# The join condition that finds the rate of a currency on a day; reporting-currency rows need none. #}
{% macro rate_join(rates, currency, day) -%}
    {{ rates }}.currency = {{ currency }}
        and {{ rates }}.rate_on = {{ day }}
{%- endmacro %}


{% macro is_reporting_currency(currency) -%}
    coalesce({{ currency }}, '{{ var("reporting_currency") }}') = '{{ var("reporting_currency") }}'
{%- endmacro %}
