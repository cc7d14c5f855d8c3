-- A stage is a manager's strongest or weakest only by a verdict of `manager_stages`, and who has such a
-- verdict has such a stage. A returned row is a manager and quarter where the two tables disagree.

with

managers as (
    select
        manager_id,
        quarter,
        strongest_stage,
        weakest_stage
    from {{ ref('managers') }}
),

verdicts as (
    select
        manager_id,
        quarter,
        coalesce(pipeline_name, pipeline_id) || ': ' || stage_name as stage,
        verdict
    from {{ ref('manager_stages') }}
    where verdict in ('stronger', 'weaker')
),

named as (
    select
        manager_id,
        quarter,
        strongest_stage as stage,
        'stronger' as verdict
    from managers
    where strongest_stage is not null
    union all
    select
        manager_id,
        quarter,
        weakest_stage as stage,
        'weaker' as verdict
    from managers
    where weakest_stage is not null
),

unfounded as (
    select
        named.manager_id,
        named.quarter,
        named.stage,
        named.verdict
    from named
    left join verdicts
        on
            named.manager_id = verdicts.manager_id
            and named.quarter is not distinct from verdicts.quarter
            and named.stage = verdicts.stage
            and named.verdict = verdicts.verdict
    where verdicts.manager_id is null
),

unnamed as (
    select
        verdicts.manager_id,
        verdicts.quarter,
        verdicts.stage,
        verdicts.verdict
    from verdicts
    left join named
        on
            verdicts.manager_id = named.manager_id
            and verdicts.quarter is not distinct from named.quarter
            and verdicts.verdict = named.verdict
    where named.manager_id is null
)

select * from unfounded
union all
select * from unnamed
