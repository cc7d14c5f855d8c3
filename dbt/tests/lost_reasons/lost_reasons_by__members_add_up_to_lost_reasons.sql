-- Taken apart by managers, regions or categories, losses stay the same losses: for each dimension the deals,
-- the value and the reopened losses of all members are those of `lost_reasons`.
-- A returned row is a dimension and reason where they are not.

with

dimensions as (
    select 'manager' as dimension
    union all
    select 'region' as dimension
    union all
    select 'product_category' as dimension
),

whole as (
    select
        dimensions.dimension,
        reasons.pipeline_id,
        reasons.stage_id,
        reasons.lost_reason_id,
        reasons.quarter,
        reasons.deals,
        reasons.value,
        reasons.reopened,
        reasons.reopened_won
    from {{ ref('lost_reasons') }} as reasons
    cross join dimensions
    where reasons.deals + coalesce(reasons.reopened, 0) > 0
),

parts as (
    select
        dimension,
        pipeline_id,
        stage_id,
        lost_reason_id,
        quarter,
        sum(deals) as deals,
        sum(value) as value,
        sum(reopened) as reopened,
        sum(reopened_won) as reopened_won
    from {{ ref('lost_reasons_by') }}
    where deals + coalesce(reopened, 0) > 0
    group by dimension, pipeline_id, stage_id, lost_reason_id, quarter
)

select
    coalesce(whole.dimension, parts.dimension) as dimension,
    coalesce(whole.pipeline_id, parts.pipeline_id) as pipeline_id,
    coalesce(whole.stage_id, parts.stage_id) as stage_id,
    coalesce(whole.lost_reason_id, parts.lost_reason_id) as lost_reason_id,
    coalesce(whole.quarter, parts.quarter) as quarter,
    whole.deals,
    parts.deals as deals_of_members,
    whole.value,
    parts.value as value_of_members
from whole
full outer join parts
    on
        whole.dimension = parts.dimension
        and whole.pipeline_id = parts.pipeline_id
        and whole.stage_id = parts.stage_id
        and whole.lost_reason_id = parts.lost_reason_id
        and whole.quarter is not distinct from parts.quarter
where
    whole.deals is distinct from parts.deals
    or coalesce(whole.value, 0) <> coalesce(parts.value, 0)
    or whole.reopened is distinct from parts.reopened
    or whole.reopened_won is distinct from parts.reopened_won
