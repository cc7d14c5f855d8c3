with

passages as (
    select * from {{ ref('passage_periods') }}
),

rates as (
    select * from {{ ref('manager_rates') }}
),

comparisons as (
    select * from {{ ref('manager_comparisons') }}
),

manager_keys as (
    select * from {{ ref('manager_keys') }}
),

owner_bases as (
    select * from {{ ref('owner_bases') }}
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

counts as (
    select
        stage_key,
        quarter_number,
        manager_key,
        is_measurable,
        sum(reached) as reached,
        sum(passed) as passed,
        sum(lost) as lost,
        sum(open) as open
    from passages
    group by stage_key, quarter_number, manager_key, is_measurable
),

final as (
    select
        stages.source,
        manager_keys.manager_id,
        coalesce(managers.manager_name, manager_keys.manager_id) as manager_name,
        managers.team,
        stages.pipeline_id,
        pipelines.pipeline_name,
        stages.stage_id,
        stages.stage_name,
        stages.stage_number,
        case
            when counts.quarter_number > 0 then {{ quarter_of_number('counts.quarter_number') }}
        end as quarter,
        owner_bases.manager_basis,
        cast(counts.reached as bigint) as reached,
        cast(counts.passed as bigint) as passed,
        cast(counts.lost as bigint) as lost,
        cast(counts.open as bigint) as open,
        rates.conversion,
        rates.conversion_low,
        rates.conversion_high,
        rates.team_reached,
        rates.team_passed,
        rates.team_conversion,
        rates.shrunk_conversion,
        comparisons.decided,
        comparisons.expected_passed,
        comparisons.observed_to_expected,
        comparisons.observed_to_expected_low,
        comparisons.observed_to_expected_high,
        comparisons.p_value,
        comparisons.q_value,
        case
            when counts.is_measurable then coalesce(comparisons.verdict, 'not_distinguishable')
        end as verdict,
        rates.gain_at_team_level,
        rates.gain_at_team_level_value,
        case
            when not counts.is_measurable then 'no_stage_history'
            when coalesce(comparisons.decided, 0) < {{ var('manager_stage_min_n') }}
                then 'too_few_deals'
            when not comparisons.has_peers then 'no_like_deals'
        end as not_measurable,
        sources.as_of
    from counts
    inner join stages
        on counts.stage_key = stages.stage_key
    inner join sources
        on stages.source = sources.source
    inner join owner_bases
        on stages.source = owner_bases.source
    inner join manager_keys
        on counts.manager_key = manager_keys.manager_key
    left join managers
        on manager_keys.manager_id = managers.manager_id
    left join pipelines
        on stages.pipeline_id = pipelines.pipeline_id
    left join rates
        on
            counts.stage_key = rates.stage_key
            and counts.quarter_number = rates.quarter_number
            and counts.manager_key = rates.manager_key
    left join comparisons
        on
            counts.stage_key = comparisons.stage_key
            and counts.quarter_number = comparisons.quarter_number
            and counts.manager_key = comparisons.manager_key
)

select * from final
