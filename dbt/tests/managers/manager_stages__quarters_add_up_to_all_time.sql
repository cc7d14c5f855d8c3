-- A manager's deals of all quarters, and those that entered the stage at an unknown moment, are those of
-- all time. A returned row is a manager and stage where they are not.

with

undated as (
    select
        managers.manager_id,
        stages.pipeline_id,
        stages.stage_id,
        sum(passages.reached) as reached,
        sum(passages.passed) as passed
    from {{ ref('stage_passages') }} as passages
    inner join {{ ref('dim_stages') }} as stages
        on passages.stage_key = stages.stage_key
    inner join {{ ref('manager_keys') }} as managers
        on passages.manager_key = managers.manager_key
    where passages.quarter_number = 0
    group by managers.manager_id, stages.pipeline_id, stages.stage_id
),

published as (
    select
        manager_id,
        pipeline_id,
        stage_id,
        sum(case when quarter is null then reached else 0 end) as reached,
        sum(case when quarter is null then passed else 0 end) as passed,
        sum(case when quarter is not null then reached else 0 end) as reached_in_quarters,
        sum(case when quarter is not null then passed else 0 end) as passed_in_quarters
    from {{ ref('manager_stages') }}
    group by manager_id, pipeline_id, stage_id
)

select
    published.*,
    undated.reached as reached_undated,
    undated.passed as passed_undated
from published
left join undated
    on
        published.manager_id = undated.manager_id
        and published.pipeline_id = undated.pipeline_id
        and published.stage_id = undated.stage_id
where
    published.reached <> published.reached_in_quarters + coalesce(undated.reached, 0)
    or published.passed <> published.passed_in_quarters + coalesce(undated.passed, 0)
