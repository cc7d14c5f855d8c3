with pipelines as (
    select * from {{ source('raw_demo', 'pipelines') }}
),

final as (
    select
        'demo' as source,
        'demo:' || cast(id as string) as pipeline_id,
        title as name,
        not is_archived as is_active
    from pipelines
)

select * from final
