with

deals as (
    select * from {{ ref('fct_deals') }}
),

stages as (
    select * from {{ ref('dim_stages') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

closed_deals as (
    select
        source,
        manager_id,
        pipeline_id,
        closed_quarter as quarter,
        outcome,
        furthest_stage_number,
        count(*) as deals
    from deals
    where outcome <> 'open'
    group by source, manager_id, pipeline_id, closed_quarter, outcome, furthest_stage_number
),

-- From here on, quarter null is all time: deals closed on an unknown day are in it, and in no quarter.
periods as (
    select * from closed_deals
    where quarter is not null
    union all
    select
        source,
        manager_id,
        pipeline_id,
        cast(null as date) as quarter,
        outcome,
        furthest_stage_number,
        deals
    from closed_deals
),

counts as (
    select
        periods.manager_id,
        stages.pipeline_id,
        stages.stage_id,
        stages.stage_name,
        stages.stage_number,
        periods.quarter,
        sum(periods.deals) as reached,
        sum(
            case
                when
                    periods.outcome = 'won' or periods.furthest_stage_number > stages.stage_number
                    then periods.deals
                else 0
            end
        ) as passed
    from periods
    inner join stages
        on
            periods.pipeline_id = stages.pipeline_id
            and periods.furthest_stage_number >= stages.stage_number
    inner join sources
        on periods.source = sources.source
    where sources.has_stage_history
    group by
        periods.manager_id,
        stages.pipeline_id,
        stages.stage_id,
        stages.stage_name,
        stages.stage_number,
        periods.quarter
),

team as (
    select
        pipeline_id,
        stage_id,
        quarter,
        sum(reached) as team_reached,
        sum(passed) as team_passed
    from counts
    group by pipeline_id, stage_id, quarter
),

final as (
    select
        counts.manager_id,
        counts.pipeline_id,
        counts.stage_id,
        counts.stage_name,
        counts.stage_number,
        counts.quarter,
        cast(counts.reached as bigint) as reached,
        cast(counts.passed as bigint) as passed,
        {{ share('counts.passed', 'counts.reached') }} as conversion,
        {{ wilson_low('counts.passed', 'counts.reached') }} as conversion_low,
        {{ wilson_high('counts.passed', 'counts.reached') }} as conversion_high,
        cast(team.team_reached as bigint) as team_reached,
        cast(team.team_passed as bigint) as team_passed,
        {{ share('team.team_passed', 'team.team_reached') }} as team_conversion
    from counts
    inner join team
        on
            counts.pipeline_id = team.pipeline_id
            and counts.stage_id = team.stage_id
            and counts.quarter is not distinct from team.quarter
    where counts.manager_id is not null
)

select * from final
