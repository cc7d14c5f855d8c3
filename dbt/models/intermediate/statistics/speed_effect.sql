with

-- Going back, or to another pipeline, decides nothing, and is quick: it would make slow stays look good.
stays as (
    select
        stay_group,
        days,
        is_advanced
    from {{ ref('stay_memberships') }}
    where is_advanced or is_lost
),

stay_groups as (
    select * from {{ ref('stay_groups') }}
),

counts as (
    select
        stays.stay_group,
        sum(case when stays.days <= stay_groups.median_days then 1 else 0 end) as fast_stays,
        sum(case when stays.days <= stay_groups.median_days and stays.is_advanced then 1 else 0 end)
            as fast_advanced,
        sum(case when stays.days > stay_groups.median_days then 1 else 0 end) as slow_stays,
        sum(case when stays.days > stay_groups.median_days and stays.is_advanced then 1 else 0 end)
            as slow_advanced
    from stays
    inner join stay_groups
        on stays.stay_group = stay_groups.stay_group
    group by stays.stay_group
),

conversions as (
    select
        stay_group,
        fast_stays,
        fast_advanced,
        slow_stays,
        slow_advanced,
        {{ share('fast_advanced', 'fast_stays') }} as fast_conversion,
        {{ wilson_low('fast_advanced', 'fast_stays') }} as fast_low,
        {{ wilson_high('fast_advanced', 'fast_stays') }} as fast_high,
        {{ share('slow_advanced', 'slow_stays') }} as slow_conversion,
        {{ wilson_low('slow_advanced', 'slow_stays') }} as slow_low,
        {{ wilson_high('slow_advanced', 'slow_stays') }} as slow_high
    from counts
),

-- Newcombe's hybrid score interval (his method 10): each end takes the nearer ends of both Wilson intervals.
final as (
    select
        stay_groups.stay_group,
        stay_groups.stage_key,
        stay_groups.manager_key,
        stay_groups.quarter_number,
        conversions.fast_stays,
        conversions.fast_advanced,
        conversions.fast_conversion,
        conversions.slow_stays,
        conversions.slow_advanced,
        conversions.slow_conversion,
        conversions.fast_conversion - conversions.slow_conversion as speed_effect,
        conversions.fast_conversion - conversions.slow_conversion - sqrt(
            power(conversions.fast_conversion - conversions.fast_low, 2)
            + power(conversions.slow_high - conversions.slow_conversion, 2)
        ) as speed_effect_low,
        conversions.fast_conversion - conversions.slow_conversion + sqrt(
            power(conversions.fast_high - conversions.fast_conversion, 2)
            + power(conversions.slow_conversion - conversions.slow_low, 2)
        ) as speed_effect_high
    from stay_groups
    inner join conversions
        on stay_groups.stay_group = conversions.stay_group
)

select * from final
