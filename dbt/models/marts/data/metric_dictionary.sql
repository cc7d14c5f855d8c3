-- Made from the descriptions of all published tables, so a new or changed column is never missing here.
with columns as (
    {{ dictionary_rows('marts') }}
),

moments as (
    select max(as_of) as as_of
    from {{ ref('dim_sources') }}
),

final as (
    select
        columns.table_name,
        columns.column_name,
        columns.position,
        columns.data_type,
        columns.meaning,
        columns.unit,
        columns.formula,
        columns.source_columns,
        moments.as_of
    from columns
    cross join moments
)

select * from final
