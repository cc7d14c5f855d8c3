-- The funnel, the deal list and the managers' report must tell the same deals, wins and losses.
-- A returned row is a pipeline whose totals differ between the funnel and the deals.

with

funnel as (
    select
        pipeline_id,
        max(case when stage_number = 1 then reached end) as reached,
        min(passed) as won,
        sum(lost) as lost,
        sum(open) as open,
        sum(lost_value) as lost_value
    from {{ ref('funnel_stages') }}
    where cohort_month is null
    group by pipeline_id
),

deals as (
    select
        pipeline_id,
        count(*) as deals,
        sum(case when outcome = 'won' then 1 else 0 end) as won,
        sum(case when outcome = 'lost' then 1 else 0 end) as lost,
        sum(case when outcome = 'open' then 1 else 0 end) as open,
        sum(case when outcome = 'lost' then amount end) as lost_value
    from {{ ref('deals') }}
    where stage_count > 0
    group by pipeline_id
)

select
    deals.*,
    funnel.*
from deals
left join funnel
    on deals.pipeline_id = funnel.pipeline_id
where
    '{{ var("skipped_stages") }}' = 'passed'
    and (
        deals.deals is distinct from funnel.reached
        or deals.won is distinct from funnel.won
        or deals.lost is distinct from funnel.lost
        or deals.open is distinct from funnel.open
        or coalesce(deals.lost_value, 0) <> coalesce(funnel.lost_value, 0)
    )
