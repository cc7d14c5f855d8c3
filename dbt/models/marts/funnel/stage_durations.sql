with

stay_groups as (
    select * from {{ ref('stay_groups') }}
),

survival as (
    select * from {{ ref('stage_survival') }}
),

speed as (
    select * from {{ ref('speed_effect') }}
),

stages as (
    select * from {{ ref('dim_stages') }}
),

pipelines as (
    select * from {{ ref('dim_pipelines') }}
),

manager_keys as (
    select * from {{ ref('manager_keys') }}
),

managers as (
    select * from {{ ref('dim_managers') }}
),

owner_bases as (
    select * from {{ ref('owner_bases') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

ranked as (
    select
        stay_groups.stay_group,
        stay_groups.manager_key,
        stay_groups.quarter_number,
        stay_groups.finished_stays,
        stay_groups.open_stays,
        stay_groups.mean_days,
        stay_groups.median_days,
        stay_groups.p90_days,
        stay_groups.days_of_won_deals,
        stages.source,
        stages.pipeline_id,
        stages.stage_id,
        stages.stage_name,
        stages.stage_number,
        sum(stay_groups.days_of_won_deals) over same_pipeline as days_of_won_deals_in_pipeline,
        row_number() over (
            partition by
                stages.pipeline_id, stay_groups.manager_key, stay_groups.quarter_number
            order by
                {{ rounded('stay_groups.days_of_won_deals', 6) }} desc,
                stages.stage_number nulls last,
                stages.stage_id
        ) as rank_by_days
    from stay_groups
    inner join stages
        on stay_groups.stage_key = stages.stage_key
    window same_pipeline as (
        partition by stages.pipeline_id, stay_groups.manager_key, stay_groups.quarter_number
    )
),

final as (
    select
        ranked.source,
        ranked.pipeline_id,
        pipelines.pipeline_name,
        ranked.stage_id,
        ranked.stage_name,
        ranked.stage_number,
        manager_keys.manager_id,
        case
            when ranked.manager_key > 0
                then coalesce(managers.manager_name, manager_keys.manager_id)
        end as manager_name,
        case
            when ranked.quarter_number > 0 then {{ quarter_of_number('ranked.quarter_number') }}
        end as quarter,
        owner_bases.manager_basis,
        cast(ranked.finished_stays as bigint) as finished_stays,
        {{ rounded('ranked.mean_days') }} as mean_days,
        ranked.median_days,
        ranked.p90_days,
        cast(ranked.open_stays as bigint) as open_stays,
        survival.survival_median_days,
        {{ rounded('survival.p_advance_7d') }} as p_advance_7d,
        {{ rounded('survival.p_advance_30d') }} as p_advance_30d,
        {{ rounded('survival.p_advance_90d') }} as p_advance_90d,
        {{ rounded(share('ranked.days_of_won_deals', 'ranked.days_of_won_deals_in_pipeline'), 12) }}
            as share_of_won_days,
        ranked.rank_by_days = 1 and ranked.days_of_won_deals > 0 as is_bottleneck,
        cast(speed.fast_stays as bigint) as fast_stays,
        speed.fast_conversion,
        cast(speed.slow_stays as bigint) as slow_stays,
        speed.slow_conversion,
        speed.speed_effect,
        speed.speed_effect_low,
        speed.speed_effect_high,
        sources.as_of
    from ranked
    inner join sources
        on ranked.source = sources.source
    inner join owner_bases
        on ranked.source = owner_bases.source
    inner join survival
        on ranked.stay_group = survival.stay_group
    left join speed
        on ranked.stay_group = speed.stay_group
    left join pipelines
        on ranked.pipeline_id = pipelines.pipeline_id
    left join manager_keys
        on ranked.manager_key = manager_keys.manager_key
    left join managers
        on manager_keys.manager_id = managers.manager_id
)

select * from final
