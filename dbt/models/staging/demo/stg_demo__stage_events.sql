with deal_stage_history as (
    select * from {{ source('raw_demo', 'deal_stage_history') }}
),

final as (
    select
        'demo' as source,
        'demo:' || cast(deal_id as string) as deal_id,
        'demo:' || cast(pipeline_id as string) as pipeline_id,
        'demo:' || cast(stage_id as string) as stage_id,
        cast(moved_at as timestamp) as entered_at,
        cast(seq as integer) as sequence,
        'demo:' || cast(moved_by as string) as moved_by,
        'demo:' || cast(responsible_id as string) as manager_id
    from deal_stage_history
)

select * from final
