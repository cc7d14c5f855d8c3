with stage_events as (
    select * from {{ source('raw_files', 'stage_events') }}
),

final as (
    select
        source,
        source || ':' || deal_id as deal_id,
        source || ':' || pipeline_id as pipeline_id,
        source || ':' || stage_id as stage_id,
        cast(entered_at as timestamp) as entered_at,
        cast(sequence as integer) as sequence,
        source || ':' || moved_by as moved_by,
        source || ':' || manager_id as manager_id
    from stage_events
)

select * from final
