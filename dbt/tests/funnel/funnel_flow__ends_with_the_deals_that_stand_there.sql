-- What the last month closes with are the deals the deal list shows in a stage.
-- A returned row is a pipeline in which another number of deals stands.

with

sources as (
    select * from {{ ref('dim_sources') }}
),

deals as (
    select
        deals.pipeline_id,
        count(*) as deals
    from {{ ref('deals') }} as deals
    inner join sources
        on deals.source = sources.source
    where
        deals.outcome = 'open'
        and deals.stage_entered_at <= sources.complete_to + interval '1' day
    group by deals.pipeline_id
),

months as (
    select
        pipeline_id,
        closing,
        row_number() over (partition by pipeline_id, stage_id order by month desc) as months_ago
    from {{ ref('funnel_flow') }}
),

flow as (
    select
        pipeline_id,
        sum(closing) as deals
    from months
    where months_ago = 1
    group by pipeline_id
)

select
    flow.pipeline_id,
    flow.deals as deals_in_flow,
    deals.deals
from flow
full outer join deals
    on flow.pipeline_id = deals.pipeline_id
where coalesce(flow.deals, 0) <> coalesce(deals.deals, 0)
