{#
    For each set of `size` products that is part of a frequent set one larger: the most orders of such a set.

    Each larger set names its parts by leaving out one product at a time; products keep their order, so a part's
    item_1 .. item_<size> are those of the set itself.
#}
{% macro basket_larger(size) -%}
parts_{{ size }} as (
    {%- for left_out in range(1, size + 2) %}
    select
        {% for n in range(1, size + 1) -%}
        item_{{ n if n < left_out else n + 1 }} as item_{{ n }},
        {% endfor -%}
        orders
    from sets_{{ size + 1 }}
    {% if not loop.last -%}
    union all
    {%- endif %}
    {%- endfor %}
),

larger_{{ size }} as (
    select
        {% for n in range(1, size + 1) -%}
        item_{{ n }},
        {% endfor -%}
        max(orders) as orders
    from parts_{{ size }}
    group by
        {% for n in range(1, size + 1) -%}
        item_{{ n }}{{ ',' if not loop.last }}
        {% endfor %}
)
{%- endmacro %}
