{% set skipped_stages_pass = var('skipped_stages') == 'passed' %}

with

deals as (
    select * from {{ ref('fct_deals') }}
),

stages as (
    select * from {{ ref('dim_stages') }}
),
{% if not skipped_stages_pass %}
visits as (
    select distinct
        deal_id,
        pipeline_id,
        stage_number
    from {{ ref('fct_stage_stays') }}
    where stage_number is not null
),
{% endif %}
-- What a deal adds to the funnel depends on these columns only: a few rows stand for all deals.
kinds_of_deal as (
    select
        {%- if not skipped_stages_pass %}
        deals.deal_id,
        {%- endif %}
        deals.pipeline_id,
        deals.cohort_month,
        deals.outcome,
        deals.furthest_stage_number,
        deals.has_stage_history,
        count(*) as deals,
        sum(deals.amount) as value
    from deals
    group by
        {%- if not skipped_stages_pass %}
        deals.deal_id,
        {%- endif %}
        deals.pipeline_id,
        deals.cohort_month,
        deals.outcome,
        deals.furthest_stage_number,
        deals.has_stage_history
),

final as (
    select
        kinds_of_deal.pipeline_id,
        stages.stage_id,
        stages.stage_number,
        kinds_of_deal.cohort_month,
        kinds_of_deal.outcome,
        kinds_of_deal.furthest_stage_number,
        cast(sum(kinds_of_deal.deals) as bigint) as deals,
        cast(sum(kinds_of_deal.value) as decimal(18, 2)) as value
    from kinds_of_deal
    inner join stages
        on
            kinds_of_deal.pipeline_id = stages.pipeline_id
            and kinds_of_deal.furthest_stage_number >= stages.stage_number
    {%- if not skipped_stages_pass %}
    left join visits
        on
            kinds_of_deal.deal_id = visits.deal_id
            and stages.pipeline_id = visits.pipeline_id
            and stages.stage_number = visits.stage_number
    where
        visits.deal_id is not null
        or not kinds_of_deal.has_stage_history
        or (
            kinds_of_deal.outcome <> 'won'
            and kinds_of_deal.furthest_stage_number = stages.stage_number
        )
    {%- endif %}
    group by
        kinds_of_deal.pipeline_id,
        stages.stage_id,
        stages.stage_number,
        kinds_of_deal.cohort_month,
        kinds_of_deal.outcome,
        kinds_of_deal.furthest_stage_number
)

select * from final
