with

comparisons as (
    select * from {{ ref('manager_comparisons') }}
    where verdict in ('stronger', 'weaker')
),

stages as (
    select * from {{ ref('dim_stages') }}
),

pipelines as (
    select * from {{ ref('dim_pipelines') }}
),

managers as (
    select * from {{ ref('manager_keys') }}
),

ranked as (
    select
        stages.source,
        managers.manager_id,
        case
            when comparisons.quarter_number > 0
                then {{ quarter_of_number('comparisons.quarter_number') }}
        end as quarter,
        comparisons.verdict,
        coalesce(pipelines.pipeline_name, stages.pipeline_id) || ': ' || stages.stage_name as stage,
        row_number() over (
            partition by
                managers.manager_id, comparisons.quarter_number, comparisons.verdict
            order by
                abs(comparisons.excess) desc, stages.pipeline_id, stages.stage_number nulls last
        ) as place
    from comparisons
    inner join stages
        on comparisons.stage_key = stages.stage_key
    inner join managers
        on comparisons.manager_key = managers.manager_key
    left join pipelines
        on stages.pipeline_id = pipelines.pipeline_id
),

final as (
    select
        source,
        manager_id,
        quarter,
        max(case when verdict = 'stronger' then stage end) as strongest_stage,
        max(case when verdict = 'weaker' then stage end) as weakest_stage
    from ranked
    where place = 1
    group by source, manager_id, quarter
)

select * from final
