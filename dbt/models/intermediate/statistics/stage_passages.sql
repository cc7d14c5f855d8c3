{% set skipped_stages_pass = var('skipped_stages') == 'passed' %}

with

deals as (
    select * from {{ ref('deal_profiles') }}
),

stages as (
    select * from {{ ref('dim_stages') }}
),

stays as (
    select * from {{ ref('stay_observations') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

-- The owner of a passage is the one who held the deal when it last stood in the stage.
visits as (
    select
        stays.deal_key,
        stays.stage_key,
        any_value(stages.stage_number) as stage_number,
        min(stays.entered_at) as reached_at,
        max_by(stays.manager_key, stays.entry_number) as manager_key
    from stays
    inner join stages
        on stays.stage_key = stages.stage_key
    where stays.is_current_pipeline and stages.stage_number is not null
    group by stays.deal_key, stays.stage_key
),

reached as (
    select
        deals.deal_key,
        stages.stage_key,
        stages.stage_number,
        visits.deal_key is not null as is_visited,
        visits.reached_at,
        visits.manager_key
    from deals
    inner join stages
        on
            deals.pipeline_id = stages.pipeline_id
            and deals.furthest_stage_number >= stages.stage_number
    left join visits
        on
            deals.deal_key = visits.deal_key
            and stages.stage_key = visits.stage_key
    {%- if not skipped_stages_pass %}
    where
        visits.deal_key is not null
        or not deals.has_stage_history
        or (deals.outcome <> 'won' and deals.furthest_stage_number = stages.stage_number)
    {%- endif %}
),

-- A skipped stage was passed by whoever held the deal in the next stage it entered.
skipped as (
    select
        reached.deal_key,
        reached.stage_key,
        min_by(visits.reached_at, visits.stage_number) as reached_at,
        min_by(visits.manager_key, visits.stage_number) as manager_key
    from reached
    inner join visits
        on
            reached.deal_key = visits.deal_key
            and reached.stage_number < visits.stage_number
    where not reached.is_visited
    group by reached.deal_key, reached.stage_key
),

passages as (
    select
        deals.source,
        reached.stage_key,
        case
            when reached.is_visited then reached.manager_key
            else coalesce(skipped.manager_key, deals.manager_key)
        end as manager_key,
        case
            when reached.is_visited then reached.reached_at
            when skipped.reached_at is not null then skipped.reached_at
            when deals.has_stage_history then coalesce(deals.closed_at, deals.created_at)
            else deals.created_at
        end as reached_at,
        deals.mix_key,
        deals.outcome,
        deals.outcome = 'won' or deals.furthest_stage_number > reached.stage_number as is_passed,
        deals.amount
    from reached
    inner join deals
        on reached.deal_key = deals.deal_key
    left join skipped
        on
            reached.deal_key = skipped.deal_key
            and reached.stage_key = skipped.stage_key
),

dated as (
    select
        passages.stage_key,
        passages.manager_key,
        case
            when passages.reached_at <= sources.complete_to + interval '1' day
                then {{ quarter_number(reporting_day('passages.reached_at')) }}
            else 0
        end as quarter_number,
        passages.mix_key,
        passages.outcome,
        passages.is_passed,
        passages.amount
    from passages
    inner join sources
        on passages.source = sources.source
),

final as (
    select
        stage_key,
        manager_key,
        quarter_number,
        mix_key,
        cast(count(*) as bigint) as reached,
        cast(sum(case when is_passed then 1 else 0 end) as bigint) as passed,
        cast(sum(case when not is_passed and outcome = 'lost' then 1 else 0 end) as bigint) as lost,
        cast(sum(case when not is_passed and outcome = 'open' then 1 else 0 end) as bigint) as open,
        cast(sum(case when outcome = 'won' then 1 else 0 end) as bigint) as won,
        cast(sum(case when outcome = 'won' then amount else 0 end) as decimal(18, 2)) as won_value
    from dated
    group by stage_key, manager_key, quarter_number, mix_key
)

select * from final
