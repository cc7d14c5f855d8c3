-- Stays by quarter, and by manager, are those of all time and of all managers; stays without an owner have
-- no row of a manager. A returned row is a stage whose finished or open stays do not add up.

with

stays as (
    select
        stays.pipeline_id,
        stays.stage_id,
        count(stays.days) as finished_stays,
        count(*) - count(stays.days) as open_stays,
        count(case when stays.manager_id is not null then stays.days end)
            as finished_stays_with_manager
    from {{ ref('fct_stage_stays') }} as stays
    inner join {{ ref('dim_sources') }} as sources
        on stays.source = sources.source
    where
        stays.days is not null
        or (stays.exit_kind is null and stays.entered_at <= sources.complete_to)
    group by stays.pipeline_id, stays.stage_id
),

durations as (
    select
        pipeline_id,
        stage_id,
        sum(case when manager_id is null and quarter is null then finished_stays end) as in_all,
        sum(case when manager_id is null and quarter is null then open_stays end) as open_in_all,
        sum(case when manager_id is null and quarter is not null then finished_stays end)
            as in_quarters,
        sum(case when manager_id is null and quarter is not null then open_stays end)
            as open_in_quarters,
        sum(case when manager_id is not null and quarter is null then finished_stays end)
            as in_managers,
        sum(case when manager_id is not null and quarter is not null then finished_stays end)
            as in_both,
        max(manager_basis) as manager_basis
    from {{ ref('stage_durations') }}
    group by pipeline_id, stage_id
)

select
    stays.*,
    durations.in_all,
    durations.open_in_all,
    durations.in_quarters,
    durations.open_in_quarters,
    durations.in_managers,
    durations.in_both
from stays
left join durations
    on
        stays.pipeline_id = durations.pipeline_id
        and stays.stage_id = durations.stage_id
where
    durations.in_all is distinct from stays.finished_stays
    or durations.open_in_all is distinct from stays.open_stays
    or durations.in_quarters is distinct from stays.finished_stays
    or durations.open_in_quarters is distinct from stays.open_stays
    or (
        durations.manager_basis = 'owner_at_the_time'
        and coalesce(durations.in_managers, 0) <> stays.finished_stays_with_manager
    )
    or coalesce(durations.in_managers, 0) <> coalesce(durations.in_both, 0)
