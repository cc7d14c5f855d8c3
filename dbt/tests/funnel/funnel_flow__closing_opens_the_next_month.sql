-- A pipeline's months follow one another without a gap; each begins with the deals the last one ended with.
-- A returned row is a month after a gap, or one that begins with other deals.

with

months as (
    select
        pipeline_id,
        stage_id,
        month,
        opening,
        lag(month) over stage_months as month_before,
        lag(closing) over stage_months as closing_before
    from {{ ref('funnel_flow') }}
    window stage_months as (partition by pipeline_id, stage_id order by month)
)

select *
from months
where
    opening <> closing_before
    or month_before <> {{ add_to_date('month', -1, 'month') }}
