with pipelines as (
    select * from {{ source('raw_files', 'pipelines') }}
),

final as (
    select
        source,
        source || ':' || pipeline_id as pipeline_id,
        name,
        cast(is_active as boolean) as is_active
    from pipelines
)

select * from final
