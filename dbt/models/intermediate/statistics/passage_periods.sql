{{ config(materialized='view') }}

with

passages as (
    select * from {{ ref('stage_passages') }}
    where manager_key > 0
),

stages as (
    select * from {{ ref('dim_stages') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

-- Without stage history only winning is known, and that is passing the only stage of a pipeline.
measurable_stages as (
    select
        stages.stage_key,
        coalesce(sources.has_stage_history, true) or stages.stage_count = 1 as is_measurable
    from stages
    inner join sources
        on stages.source = sources.source
),

periods as (
    select
        stage_key,
        manager_key,
        quarter_number,
        mix_key,
        reached,
        passed,
        lost,
        open,
        won,
        won_value
    from passages
    where quarter_number > 0
    union all
    select
        stage_key,
        manager_key,
        0 as quarter_number,
        mix_key,
        sum(reached) as reached,
        sum(passed) as passed,
        sum(lost) as lost,
        sum(open) as open,
        sum(won) as won,
        sum(won_value) as won_value
    from passages
    group by stage_key, manager_key, mix_key
),

final as (
    select
        periods.stage_key,
        periods.manager_key,
        periods.quarter_number,
        periods.mix_key,
        measurable_stages.is_measurable,
        periods.reached,
        periods.passed,
        periods.lost,
        periods.open,
        periods.won,
        periods.won_value
    from periods
    inner join measurable_stages
        on periods.stage_key = measurable_stages.stage_key
)

select * from final
