-- Over all months, deals came and left as often as the stays say; stays without a known end are apart.
-- A returned row is a stage whose flow does not add up to its stays.

with

sources as (
    select * from {{ ref('dim_sources') }}
),

dated_stays as (
    select
        stays.pipeline_id,
        stays.stage_id,
        case
            when stays.exit_kind is null or stays.left_at <= sources.complete_to + interval '1' day
                then coalesce(stays.exit_kind, 'stands')
            else 'undated'
        end as left_as
    from {{ ref('fct_stage_stays') }} as stays
    inner join sources
        on stays.source = sources.source
    where
        stays.entered_at <= sources.complete_to + interval '1' day
        and coalesce(stays.left_at >= sources.history_start, true)
),

stays as (
    select
        pipeline_id,
        stage_id,
        count(*) as stays,
        count(case when left_as = 'advanced' then 1 end) as advanced,
        count(case when left_as = 'lost' then 1 end) as lost,
        count(case when left_as = 'moved_back' then 1 end) as moved_back,
        count(case when left_as = 'moved_pipeline' then 1 end) as moved_pipeline,
        count(case when left_as = 'undated' then 1 end) as undated
    from dated_stays
    group by pipeline_id, stage_id
),

months as (
    select
        *,
        row_number() over (partition by pipeline_id, stage_id order by month) as month_number
    from {{ ref('funnel_flow') }}
),

flow as (
    select
        pipeline_id,
        stage_id,
        sum(entered) + sum(case when month_number = 1 then opening else 0 end) + sum(undated) as stays,
        sum(advanced) as advanced,
        sum(lost) as lost,
        sum(moved_back) as moved_back,
        sum(moved_pipeline) as moved_pipeline,
        sum(undated) as undated
    from months
    group by pipeline_id, stage_id
)

select
    stays.*,
    flow.*
from stays
left join flow
    on
        stays.pipeline_id = flow.pipeline_id
        and stays.stage_id = flow.stage_id
where
    stays.stays is distinct from flow.stays
    or stays.advanced is distinct from flow.advanced
    or stays.lost is distinct from flow.lost
    or stays.moved_back is distinct from flow.moved_back
    or stays.moved_pipeline is distinct from flow.moved_pipeline
    or stays.undated is distinct from flow.undated
