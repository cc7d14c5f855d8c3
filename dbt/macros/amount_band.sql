{#
    Which quarter of its pipeline's deals a deal is in by amount: 1 (smallest) to 4; 0 without an amount.

    `quartiles` names a relation with the pipeline's three quartiles (`deal_amount_quartiles`).
#}
{% macro amount_band(amount, quartiles) -%}
    case
        when {{ amount }} is null then 0
        when cast({{ amount }} as double) <= {{ quartiles }}.first_quartile then 1
        when cast({{ amount }} as double) <= {{ quartiles }}.second_quartile then 2
        when cast({{ amount }} as double) <= {{ quartiles }}.third_quartile then 3
        else 4
    end
{%- endmacro %}
