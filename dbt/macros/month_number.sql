{# Months as whole numbers: year * 12 + 0..11. They group and sort faster than dates, and count. #}
{% macro month_number(day) -%}
    cast(extract(year from {{ day }}) * 12 + extract(month from {{ day }}) - 1 as integer)
{%- endmacro %}


{# First day of a month given by its number. #}
{% macro month_of_number(number) -%}
    make_date(
        cast(floor({{ number }} / 12.0) as integer),
        cast({{ number }} - floor({{ number }} / 12.0) * 12 as integer) + 1,
        1
    )
{%- endmacro %}
