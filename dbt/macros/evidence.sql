{# A number as text inside a sentence, rounded; whole numbers without a decimal point. #}
{% macro evidence_number(value, digits=0) -%}
    {% if digits == 0 -%}
    cast(cast(round({{ value }}) as bigint) as {{ dbt.type_string() }})
    {%- else -%}
    cast(cast({{ value }} as decimal(18, {{ digits }})) as {{ dbt.type_string() }})
    {%- endif %}
{%- endmacro %}


{# A share as per cent inside a sentence. #}
{% macro evidence_percent(value) -%}
    concat({{ evidence_number('100 * (' ~ value ~ ')') }}, ' %')
{%- endmacro %}


{# A change inside a sentence, in per cent with its sign. #}
{% macro evidence_change(value) -%}
    concat(case when {{ value }} < 0 then '' else '+' end, {{ evidence_percent(value) }})
{%- endmacro %}
