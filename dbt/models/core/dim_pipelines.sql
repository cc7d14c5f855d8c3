with

pipelines as (
    select * from {{ ref('crm_pipelines') }}
),

final as (
    select
        pipeline_id,
        source,
        name as pipeline_name,
        coalesce(is_active, true) as is_active
    from pipelines
)

select * from final
