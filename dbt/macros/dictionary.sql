{#
    One select per column of every published table (dbt models of `schema`), joined by `union all`.

    Meaning is the column's description; unit, formula and sources come from its meta.
#}
{% macro dictionary_rows(schema) -%}
    {% set rows = [] -%}
    {% if execute -%}
        {% for model in graph.nodes.values() | sort(attribute='name') -%}
            {% if model.resource_type == 'model' and model.schema == schema
                and model.config.materialized not in ('view', 'ephemeral') -%}
                {% for column in model.columns.values() -%}
                    {% do rows.append(dictionary_row(model.name, loop.index, column)) -%}
                {% endfor -%}
            {% endif -%}
        {% endfor -%}
    {% endif -%}
    {{ rows | join(' union all\n    ') if rows else dictionary_row('', 0, {'name': ''}) ~ ' where false' }}
{%- endmacro %}


{# The dictionary row of one column, as a select. #}
{% macro dictionary_row(table, position, column) -%}
    {% set meta = column.config.meta if column.config and column.config.meta else (column.meta or {}) -%}
    select
        {{ dictionary_text(table) }} as table_name,
        {{ dictionary_text(column.name) }} as column_name,
        {{ position }} as position,
        {{ dictionary_text(column.data_type) }} as data_type,
        {{ dictionary_text(column.description) }} as meaning,
        {{ dictionary_text(meta.unit) }} as unit,
        {{ dictionary_text(meta.formula) }} as formula,
        {{ dictionary_text(meta.sources) }} as source_columns
{%- endmacro %}


{# A text literal on one line, null if there is none. #}
{% macro dictionary_text(text) -%}
    {% if text -%}
        '{{ text | string | replace("\n", " ") | trim | replace("'", "''") }}'
    {%- else -%}
        cast(null as {{ dbt.type_string() }})
    {%- endif %}
{%- endmacro %}
