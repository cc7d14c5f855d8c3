with

deals as (
    select * from {{ ref('fct_deals') }}
),

managers as (
    select * from {{ ref('dim_managers') }}
),

reasons as (
    select * from {{ ref('dim_lost_reasons') }}
),

telling_stages as (
    select * from {{ ref('manager_telling_stages') }}
),

stalled_stays as (
    select * from {{ ref('stalled_stays') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

closed_deals as (
    select
        source,
        manager_id,
        closed_quarter,
        outcome,
        amount,
        lost_reason_id,
        case
            when outcome = 'won' and created_at <= closed_at
                then {{ days_between('created_at', 'closed_at') }}
        end as cycle_days
    from deals
    where outcome <> 'open' and manager_id is not null
),

-- From here on, quarter null is all time: deals closed on an unknown day are in it, and in no quarter.
results as (
    select
        source,
        manager_id,
        closed_quarter as quarter,
        count(*) as deals,
        sum(case when outcome = 'won' then 1 else 0 end) as wins,
        sum(case when outcome = 'won' then amount else 0 end) as value,
        -- Corrections (negative amounts) would take a share of value out of 0..1.
        sum(case when outcome = 'won' and amount > 0 then amount else 0 end) as positive_won_value,
        sum(case when amount > 0 then amount else 0 end) as positive_value,
        {{ percentile(0.5, 'cycle_days') }} as median_cycle_days
    from closed_deals
    group by grouping sets ((source, manager_id), (source, manager_id, closed_quarter))
    having grouping(closed_quarter) = 1 or closed_quarter is not null
),

open_deals as (
    select
        deals.source,
        deals.manager_id,
        count(*) as open_deals,
        count(stalled_stays.deal_id) as stalled_deals,
        sum(case when stalled_stays.deal_id is not null then deals.amount else 0 end) as stalled_value
    from deals
    left join stalled_stays
        on deals.deal_id = stalled_stays.deal_id
    where deals.outcome = 'open' and deals.manager_id is not null
    group by deals.source, deals.manager_id
),

keys as (
    select
        source,
        manager_id,
        quarter
    from results
    union
    select
        source,
        manager_id,
        cast(null as date) as quarter
    from open_deals
    union
    select
        source,
        manager_id,
        quarter
    from telling_stages
),

reason_counts as (
    select
        manager_id,
        closed_quarter as quarter,
        lost_reason_id,
        count(*) as deals
    from closed_deals
    where outcome = 'lost' and lost_reason_id is not null
    group by
        grouping sets (
            (manager_id, lost_reason_id),
            (manager_id, lost_reason_id, closed_quarter)
        )
    having grouping(closed_quarter) = 1 or closed_quarter is not null
),

top_reasons as (
    select
        reason_counts.manager_id,
        reason_counts.quarter,
        coalesce(reasons.lost_reason, reason_counts.lost_reason_id) as lost_reason,
        reason_counts.deals
    from reason_counts
    left join reasons
        on reason_counts.lost_reason_id = reasons.lost_reason_id
    qualify
        row_number() over (
            partition by reason_counts.manager_id, reason_counts.quarter
            order by reason_counts.deals desc, reason_counts.lost_reason_id
        ) = 1
),

final as (
    select
        keys.source,
        keys.manager_id,
        coalesce(managers.manager_name, keys.manager_id) as manager_name,
        managers.team,
        managers.is_active,
        keys.quarter,
        cast(coalesce(results.deals, 0) as bigint) as deals,
        cast(coalesce(results.wins, 0) as bigint) as wins,
        cast(coalesce(results.value, 0) as decimal(18, 2)) as value,
        {{ share('results.wins', 'results.deals') }} as win_rate,
        {{ wilson_low('results.wins', 'results.deals') }} as win_rate_low,
        {{ wilson_high('results.wins', 'results.deals') }} as win_rate_high,
        {{ share('results.positive_won_value', 'results.positive_value') }} as win_rate_by_value,
        results.median_cycle_days as cycle_days,
        case
            when keys.quarter is null then cast(coalesce(open_deals.open_deals, 0) as bigint)
        end as open_deals,
        case
            when keys.quarter is null and sources.history_basis is not null
                then cast(coalesce(open_deals.stalled_deals, 0) as bigint)
        end as stalled_deals,
        case
            when keys.quarter is null and sources.history_basis is not null
                then cast(coalesce(open_deals.stalled_value, 0) as decimal(18, 2))
        end as stalled_value,
        telling_stages.strongest_stage,
        telling_stages.weakest_stage,
        top_reasons.lost_reason as most_frequent_lost_reason,
        cast(top_reasons.deals as bigint) as most_frequent_lost_reason_deals,
        nullif(
            concat_ws(
                ',',
                case when not sources.has_stage_history then 'no_stage_history' end,
                case when not sources.has_lost_reason then 'no_lost_reason' end
            ),
            ''
        ) as not_measurable,
        sources.as_of
    from keys
    inner join sources
        on keys.source = sources.source
    left join managers
        on keys.manager_id = managers.manager_id
    left join results
        on
            keys.manager_id = results.manager_id
            and keys.quarter is not distinct from results.quarter
    left join open_deals
        on keys.manager_id = open_deals.manager_id
    left join telling_stages
        on
            keys.manager_id = telling_stages.manager_id
            and keys.quarter is not distinct from telling_stages.quarter
    left join top_reasons
        on
            keys.manager_id = top_reasons.manager_id
            and keys.quarter is not distinct from top_reasons.quarter
)

select * from final
