with

effects as (
    select * from {{ ref('region_effects') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

moments as (
    select max(as_of) as as_of
    from sources
),

rounded as (
    select
        region,
        period,
        quarter,
        comparison,
        driver,
        revenue,
        base_revenue,
        effect as exact_effect,
        cast(effect as decimal(18, 2)) as effect,
        current_value,
        base_value,
        value_unit,
        not_measurable
    from effects
    where kind in ('quarter', 'all_time')
),

ranked as (
    select
        *,
        revenue - base_revenue - sum(effect) over (partition by region, period, comparison) as lost_cents,
        row_number() over (
            partition by region, period, comparison
            order by abs({{ rounded('exact_effect', 6) }}) desc nulls last, driver
        ) as size_rank
    from rounded
),

-- What rounding to cents leaves over goes to the largest effect, so that the effects add up exactly.
final as (
    select
        ranked.region,
        ranked.quarter,
        ranked.comparison,
        ranked.driver,
        case
            when ranked.driver in ('leads', 'win_rate') then ranked.driver
            when ranked.driver in ('carry_over', 'other_orders') then 'orders'
            else 'average_bill'
        end as driver_group,
        ranked.revenue,
        ranked.base_revenue,
        cast(ranked.revenue - ranked.base_revenue as decimal(18, 2)) as revenue_difference,
        cast(
            ranked.effect + case when ranked.size_rank = 1 then ranked.lost_cents else 0 end as decimal(18, 2)
        ) as effect,
        {{ rounded(share('ranked.exact_effect', 'ranked.base_revenue')) }} as effect_share,
        cast(ranked.size_rank as integer) as size_rank,
        {{ rounded('ranked.current_value', 6) }} as current_value,
        {{ rounded('ranked.base_value', 6) }} as base_value,
        ranked.value_unit,
        ranked.not_measurable,
        moments.as_of
    from ranked
    cross join moments
)

select * from final
