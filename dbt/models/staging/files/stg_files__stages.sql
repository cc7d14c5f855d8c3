with stages as (
    select * from {{ source('raw_files', 'stages') }}
),

final as (
    select
        source,
        source || ':' || pipeline_id as pipeline_id,
        source || ':' || stage_id as stage_id,
        name,
        cast(position as integer) as position,
        kind,
        role
    from stages
)

select * from final
