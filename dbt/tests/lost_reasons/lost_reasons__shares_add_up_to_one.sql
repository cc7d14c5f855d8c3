-- The reasons of a stage are all its losses: shares add up to 1, and so does the last cumulative share.
-- A returned row is a stage and quarter whose shares do not.

select
    pipeline_id,
    stage_id,
    quarter,
    sum(share_in_stage) as share_in_stage,
    max(cumulative_share) as cumulative_share,
    sum(deals) as deals,
    max(stage_deals) as stage_deals
from {{ ref('lost_reasons') }}
where stage_deals > 0
group by pipeline_id, stage_id, quarter
having
    abs(sum(share_in_stage) - 1) > 1e-9
    or abs(max(cumulative_share) - 1) > 1e-9
    or sum(deals) <> max(stage_deals)
