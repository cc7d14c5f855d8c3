with

stage_stays as (
    select * from {{ ref('fct_stage_stays') }}
),

stages as (
    select * from {{ ref('dim_stages') }}
),

pipelines as (
    select * from {{ ref('dim_pipelines') }}
),

managers as (
    select * from {{ ref('dim_managers') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

finished as (
    select
        pipeline_id,
        stage_id,
        manager_id,
        left_quarter as quarter,
        count(*) as finished_stays,
        avg(days) as mean_days,
        {{ percentile(0.5, 'days') }} as median_days,
        {{ percentile(0.9, 'days') }} as p90_days
    from stage_stays
    where days is not null
    group by grouping sets (
        (pipeline_id, stage_id),
        (pipeline_id, stage_id, manager_id),
        (pipeline_id, stage_id, left_quarter),
        (pipeline_id, stage_id, manager_id, left_quarter)
    )
    having
        (grouping(manager_id) = 1 or manager_id is not null)
        and (grouping(left_quarter) = 1 or left_quarter is not null)
),

-- Open stays are a fact of now, so they stand in rows for all time only.
open_stays as (
    select
        pipeline_id,
        stage_id,
        manager_id,
        count(*) as open_stays
    from stage_stays
    where exit_kind is null
    group by grouping sets (
        (pipeline_id, stage_id),
        (pipeline_id, stage_id, manager_id)
    )
    having grouping(manager_id) = 1 or manager_id is not null
),

keys as (
    select
        pipeline_id,
        stage_id,
        manager_id,
        quarter
    from finished
    union
    select
        pipeline_id,
        stage_id,
        manager_id,
        cast(null as date) as quarter
    from open_stays
),

measured as (
    select
        stages.source,
        keys.pipeline_id,
        keys.stage_id,
        stages.stage_name,
        stages.stage_number,
        keys.manager_id,
        keys.quarter,
        coalesce(finished.finished_stays, 0) as finished_stays,
        finished.mean_days,
        finished.median_days,
        finished.p90_days,
        case when keys.quarter is null then coalesce(open_stays.open_stays, 0) end as open_stays,
        row_number() over (
            partition by keys.pipeline_id, keys.manager_id, keys.quarter
            order by finished.mean_days desc nulls last, stages.stage_number nulls last
        ) as rank_by_days
    from keys
    inner join stages
        on
            keys.pipeline_id = stages.pipeline_id
            and keys.stage_id = stages.stage_id
    left join finished
        on
            keys.pipeline_id = finished.pipeline_id
            and keys.stage_id = finished.stage_id
            and keys.manager_id is not distinct from finished.manager_id
            and keys.quarter is not distinct from finished.quarter
    left join open_stays
        on
            keys.pipeline_id = open_stays.pipeline_id
            and keys.stage_id = open_stays.stage_id
            and keys.manager_id is not distinct from open_stays.manager_id
),

final as (
    select
        measured.source,
        measured.pipeline_id,
        pipelines.pipeline_name,
        measured.stage_id,
        measured.stage_name,
        measured.stage_number,
        measured.manager_id,
        managers.manager_name,
        measured.quarter,
        cast(measured.finished_stays as bigint) as finished_stays,
        measured.mean_days,
        measured.median_days,
        measured.p90_days,
        cast(measured.open_stays as bigint) as open_stays,
        measured.rank_by_days = 1 and measured.finished_stays > 0 as is_bottleneck,
        sources.as_of
    from measured
    inner join sources
        on measured.source = sources.source
    left join pipelines
        on measured.pipeline_id = pipelines.pipeline_id
    left join managers
        on measured.manager_id = managers.manager_id
)

select * from final
