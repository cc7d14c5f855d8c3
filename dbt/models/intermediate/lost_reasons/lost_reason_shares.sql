with

counts as (
    select * from {{ ref('lost_reason_counts') }}
),

changes as (
    select * from {{ ref('lost_reason_changes') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by dimension, member, pipeline_id, stage_id, quarter
            order by deals desc, value desc nulls last, lost_reason_id
        ) as rank_in_stage,
        sum(deals) over (
            partition by dimension, member, pipeline_id, stage_id, quarter
            order by deals desc, value desc nulls last, lost_reason_id
            rows between unbounded preceding and current row
        ) as cumulative_deals
    from counts
),

final as (
    select
        ranked.dimension,
        ranked.member,
        ranked.source,
        ranked.pipeline_id,
        ranked.stage_id,
        ranked.lost_reason_id,
        ranked.quarter,
        ranked.deals,
        ranked.value,
        ranked.stage_deals,
        {{ share('ranked.deals', 'ranked.stage_deals') }} as share_in_stage,
        cast(ranked.rank_in_stage as bigint) as rank_in_stage,
        {{ share('ranked.cumulative_deals', 'ranked.stage_deals') }} as cumulative_share,
        ranked.previous_deals,
        ranked.previous_stage_deals,
        {{ share('ranked.previous_deals', 'ranked.previous_stage_deals') }} as previous_share,
        {{ share('ranked.deals', 'ranked.stage_deals') }}
        - {{ share('ranked.previous_deals', 'ranked.previous_stage_deals') }} as share_change,
        changes.p_value as change_p_value,
        changes.q_value as change_q_value,
        ranked.reopened,
        ranked.reopened_won
    from ranked
    left join changes
        on
            ranked.dimension = changes.dimension
            and ranked.member = changes.member
            and ranked.pipeline_id = changes.pipeline_id
            and ranked.stage_id = changes.stage_id
            and ranked.lost_reason_id = changes.lost_reason_id
            and ranked.quarter = changes.quarter
)

select * from final
