-- Finished stays by quarter, and by manager, are those of all time and of all managers; stays without an
-- owner have no row of a manager. A returned row is a stage whose finished stays do not add up.

with

stays as (
    select
        pipeline_id,
        stage_id,
        count(*) as finished_stays,
        count(manager_id) as finished_stays_with_manager
    from {{ ref('fct_stage_stays') }}
    where days is not null
    group by pipeline_id, stage_id
),

durations as (
    select
        pipeline_id,
        stage_id,
        sum(case when manager_id is null and quarter is null then finished_stays end) as in_all,
        sum(case when manager_id is null and quarter is not null then finished_stays end)
            as in_quarters,
        sum(case when manager_id is not null and quarter is null then finished_stays end)
            as in_managers,
        sum(case when manager_id is not null and quarter is not null then finished_stays end)
            as in_both
    from {{ ref('stage_durations') }}
    group by pipeline_id, stage_id
)

select
    stays.*,
    durations.in_all,
    durations.in_quarters,
    durations.in_managers,
    durations.in_both
from stays
left join durations
    on
        stays.pipeline_id = durations.pipeline_id
        and stays.stage_id = durations.stage_id
where
    durations.in_all is distinct from stays.finished_stays
    or durations.in_quarters is distinct from stays.finished_stays
    or coalesce(durations.in_managers, 0) <> stays.finished_stays_with_manager
    or coalesce(durations.in_both, 0) <> stays.finished_stays_with_manager
