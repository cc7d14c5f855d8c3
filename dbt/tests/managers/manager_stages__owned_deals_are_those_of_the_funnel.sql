-- Over all time, the deals of all managers and the deals nobody holds are the deals of the funnel, stage
-- by stage: reached, passed, lost and open. A returned row is a stage where they are not.

with

owned as (
    select
        pipeline_id,
        stage_id,
        sum(reached) as reached,
        sum(passed) as passed,
        sum(lost) as lost,
        sum(open) as open
    from {{ ref('manager_stages') }}
    where quarter is null
    group by pipeline_id, stage_id
),

nobodys as (
    select
        stages.pipeline_id,
        stages.stage_id,
        sum(passages.reached) as reached,
        sum(passages.passed) as passed,
        sum(passages.lost) as lost,
        sum(passages.open) as open
    from {{ ref('stage_passages') }} as passages
    inner join {{ ref('dim_stages') }} as stages
        on passages.stage_key = stages.stage_key
    where passages.manager_key = 0
    group by stages.pipeline_id, stages.stage_id
)

select
    funnel.pipeline_id,
    funnel.stage_id,
    funnel.reached,
    owned.reached as owned_reached,
    nobodys.reached as nobodys_reached
from {{ ref('funnel_stages') }} as funnel
left join owned
    on
        funnel.pipeline_id = owned.pipeline_id
        and funnel.stage_id = owned.stage_id
left join nobodys
    on
        funnel.pipeline_id = nobodys.pipeline_id
        and funnel.stage_id = nobodys.stage_id
where
    funnel.cohort_month is null
    and (
        funnel.reached <> coalesce(owned.reached, 0) + coalesce(nobodys.reached, 0)
        or funnel.passed <> coalesce(owned.passed, 0) + coalesce(nobodys.passed, 0)
        or funnel.lost <> coalesce(owned.lost, 0) + coalesce(nobodys.lost, 0)
        or funnel.open <> coalesce(owned.open, 0) + coalesce(nobodys.open, 0)
    )
