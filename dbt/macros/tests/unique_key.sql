{#
    Data test: the columns together are unique and, unless `nullable`, never null.

    A returned row is a key that occurs more than once, or has a null part. Nulls are compared as equal.
#}
{% test unique_key(model, columns, nullable=false) %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having
        count(*) > 1
        {% if not nullable -%}
        {% for column in columns -%}
        or {{ column }} is null
        {% endfor -%}
        {% endif -%}
{% endtest %}
