-- A lost deal without a reason or stage is counted as such, never left out.
-- A returned row is a pipeline whose losses differ between the reasons and the deals.

with

reasons as (
    select
        pipeline_id,
        sum(deals) as deals,
        sum(value) as value
    from {{ ref('lost_reasons') }}
    where quarter is null
    group by pipeline_id
),

deals as (
    select
        pipeline_id,
        count(*) as deals,
        sum(amount) as value
    from {{ ref('deals') }}
    where outcome = 'lost'
    group by pipeline_id
)

select
    deals.pipeline_id,
    deals.deals,
    reasons.deals as deals_with_reasons,
    deals.value,
    reasons.value as value_with_reasons
from deals
left join reasons
    on deals.pipeline_id = reasons.pipeline_id
where
    deals.deals is distinct from reasons.deals
    or deals.value is distinct from reasons.value
