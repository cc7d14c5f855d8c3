-- What a row says of the quarter before is what the row of that quarter says of itself.
-- A returned row is a reason whose previous deals differ, or whose loss to another reason is missing.

with

rows_of_quarters as (
    select
        pipeline_id,
        stage_id,
        lost_reason_id,
        quarter,
        deals,
        stage_deals,
        previous_deals,
        previous_stage_deals
    from {{ ref('lost_reasons') }}
    where quarter is not null
)

select
    now.pipeline_id,
    now.stage_id,
    now.lost_reason_id,
    now.quarter,
    now.previous_deals,
    earlier.deals as deals_before
from rows_of_quarters as now
left join rows_of_quarters as earlier
    on
        now.pipeline_id = earlier.pipeline_id
        and now.stage_id = earlier.stage_id
        and now.lost_reason_id = earlier.lost_reason_id
        and now.quarter = {{ add_to_date('month', 3, 'earlier.quarter') }}
where
    now.previous_deals <> coalesce(earlier.deals, 0)
    or (earlier.stage_deals > 0 and now.previous_stage_deals <> earlier.stage_deals)
