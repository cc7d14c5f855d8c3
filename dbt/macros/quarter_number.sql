{# Quarters as whole numbers: year * 4 + 0..3. They group and sort faster than dates. #}
{% macro quarter_number(day) -%}
    cast(extract(year from {{ day }}) * 4 + extract(quarter from {{ day }}) - 1 as integer)
{%- endmacro %}


{# First day of a quarter given by its number. #}
{% macro quarter_of_number(number) -%}
    make_date(
        cast(floor({{ number }} / 4.0) as integer),
        cast({{ number }} - floor({{ number }} / 4.0) * 4 as integer) * 3 + 1,
        1
    )
{%- endmacro %}


{# Whole quarters from the quarter of one day to that of another. #}
{% macro quarters_between(first_day, last_day) -%}
    {{ quarter_number(last_day) }} - {{ quarter_number(first_day) }}
{%- endmacro %}


{# `numbers` for as many quarters as dates can span: an order dated to the year 1 keeps its row, too. #}
{% macro numbers_of_quarters() -%}
    {{ numbers(8200) }}
{%- endmacro %}
