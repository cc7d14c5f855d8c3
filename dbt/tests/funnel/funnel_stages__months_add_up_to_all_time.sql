-- All time is the sum of the months and of the deals whose month of creation is unknown.
-- A returned row is a stage whose months do not add up.

with

months as (
    select
        pipeline_id,
        stage_id,
        sum(case when cohort_month is not null then reached end) as reached_in_months,
        sum(case when cohort_month is null then reached end) as reached_in_all,
        sum(case when cohort_month is not null then lost_value end) as lost_value_in_months,
        sum(case when cohort_month is null then lost_value end) as lost_value_in_all
    from {{ ref('funnel_stages') }}
    group by pipeline_id, stage_id
),

undated as (
    select pipeline_id
    from {{ ref('fct_deals') }}
    where cohort_month is null
    group by pipeline_id
)

select months.*
from months
left join undated
    on months.pipeline_id = undated.pipeline_id
where
    undated.pipeline_id is null
    and (
        months.reached_in_months is distinct from months.reached_in_all
        or coalesce(months.lost_value_in_months, 0) <> coalesce(months.lost_value_in_all, 0)
    )
