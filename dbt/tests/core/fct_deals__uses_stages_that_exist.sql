-- Every deal's pipeline, stage and lost stage is in dim_stages, or reports would drop the deal.
-- A returned row is a deal whose stage is not.

select
    deals.deal_id,
    deals.pipeline_id,
    deals.stage_id,
    deals.lost_stage_id
from {{ ref('fct_deals') }} as deals
left join {{ ref('dim_pipelines') }} as pipelines
    on deals.pipeline_id = pipelines.pipeline_id
left join {{ ref('dim_stages') }} as stages
    on
        deals.pipeline_id = stages.pipeline_id
        and deals.stage_id = stages.stage_id
left join {{ ref('dim_stages') }} as lost_stages
    on
        deals.pipeline_id = lost_stages.pipeline_id
        and deals.lost_stage_id = lost_stages.stage_id
where
    pipelines.pipeline_id is null
    or (deals.stage_id is not null and stages.stage_id is null)
    or (deals.lost_stage_id is not null and lost_stages.stage_id is null)
