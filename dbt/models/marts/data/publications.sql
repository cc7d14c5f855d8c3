with publications as (
    select
        publication_id,
        run_id,
        as_of,
        published_at,
        table_name,
        row_count,
        checks_run,
        checks_failed,
        code_version
    from {{ source('ops', 'publications') }}
)

select * from publications
