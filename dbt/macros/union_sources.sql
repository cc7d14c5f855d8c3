{#
    The rows of one canonical entity from every enabled source, one below the other.

    Reads `stg_<source>__<entity>` for each source of var `sources`; `columns` are listed because staging
    models agree on names and types, not on the order Spark and DuckDB would match them by.
#}
{% macro union_sources(entity, columns) -%}
    {% set sources = var('sources') -%}
    {% if not sources -%}
        {% do exceptions.raise_compiler_error(
            "var `sources` is empty: name at least one source system, for example [demo]"
        ) -%}
    {% endif -%}
    {% for source in sources -%}
    select
        {{ columns | join(',\n        ') }}
    from {{ ref('stg_' ~ source ~ '__' ~ entity) }}
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor -%}
{% endmacro %}
