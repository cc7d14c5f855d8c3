{#
    What one unit of a factor is worth in a product of factors that change from base to current: the average
    product of the other factors over every order the changes can be made in (Shapley). The change of a factor
    times its weight is its effect; the effects of all factors add up to the change of the product exactly.

    `others`: names of the other factors; columns are `<name>` (current) and `base_<name>`.
#}
{% macro shapley_weight(others) -%}
    {%- set n = others | length -%}
    {%- set terms = [] -%}
    {%- for coalition in range(2 ** n) -%}
        {%- set sides = [] -%}
        {%- set changed = [] -%}
        {%- for other in others -%}
            {%- if (coalition // 2 ** loop.index0) % 2 == 1 -%}
                {%- do sides.append(other) -%}
                {%- do changed.append(other) -%}
            {%- else -%}
                {%- do sides.append('base_' ~ other) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set orders = factorial(changed | length) | int * factorial(n - changed | length) | int -%}
        {%- do terms.append(orders ~ '.0 * ' ~ sides | join(' * ')) -%}
    {%- endfor -%}
    ({{ terms | join(' + ') }}) / {{ factorial(n + 1) }}.0
{%- endmacro %}


{# n!, while compiling. #}
{% macro factorial(n) -%}
    {%- set state = namespace(product=1) -%}
    {%- for k in range(2, n + 1) -%}
        {%- set state.product = state.product * k -%}
    {%- endfor -%}
    {{ return(state.product) }}
{%- endmacro %}
