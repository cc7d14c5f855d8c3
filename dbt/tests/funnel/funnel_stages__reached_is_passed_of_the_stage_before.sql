-- Where skipped stages count as passed, who passed a stage is who reached the next one.
-- A returned row is a stage reached by another number of deals than passed the stage before.

with

stages as (
    select
        pipeline_id,
        stage_id,
        cohort_month,
        reached,
        lag(passed) over (partition by pipeline_id, cohort_month order by stage_number)
            as passed_before
    from {{ ref('funnel_stages') }}
)

select *
from stages
where reached <> passed_before and '{{ var("skipped_stages") }}' = 'passed'
