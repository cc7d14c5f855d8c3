{#
    Benjamini-Hochberg: the false discovery rate at which a comparison would just be called significant.

    In two steps, as windows do not nest: `place` of each p-value among those of its family, the last place
    where they are equal, then the least p x comparisons / place over this and every larger p-value. A null
    p-value is no comparison. `family` lists the columns whose values separate the families; may be empty.
#}
{% macro bh_place(p_value, family) -%}
    count({{ p_value }}) over (
        {{ 'partition by ' ~ family | join(', ') if family }} order by {{ p_value }} nulls last
    )
{%- endmacro %}

{% macro bh_q_value(p_value, place, comparisons, family) -%}
    case
        when {{ p_value }} is not null
            then least(
                1.0,
                min({{ p_value }} * {{ comparisons }} / {{ place }}) over (
                    {{ 'partition by ' ~ family | join(', ') if family }}
                    order by {{ p_value }} desc nulls first
                )
            )
    end
{%- endmacro %}
