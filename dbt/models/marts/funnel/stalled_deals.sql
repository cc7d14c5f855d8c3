with

stalled as (
    select * from {{ ref('stalled_stays') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
),

activities as (
    select * from {{ ref('fct_activities') }}
),

stages as (
    select * from {{ ref('dim_stages') }}
),

pipelines as (
    select * from {{ ref('dim_pipelines') }}
),

managers as (
    select * from {{ ref('dim_managers') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

-- What is planned for later has not happened.
last_activities as (
    select
        stalled.deal_id,
        max(activities.happened_at) as last_activity_at
    from activities
    inner join stalled
        on activities.deal_id = stalled.deal_id
    inner join sources
        on stalled.source = sources.source
    where activities.happened_at <= sources.complete_to
    group by stalled.deal_id
),

final as (
    select
        cast(
            row_number() over (
                order by deals.amount desc nulls last, stalled.days desc, stalled.deal_id
            ) as integer
        ) as amount_rank,
        stalled.source,
        stalled.deal_id,
        stalled.pipeline_id,
        pipelines.pipeline_name,
        stalled.stage_id,
        stages.stage_name,
        stages.stage_number,
        deals.customer_id,
        customers.customer_name,
        deals.manager_id,
        managers.manager_name,
        managers.team,
        stalled.entered_at,
        stalled.days,
        stalled.threshold_days,
        stalled.days - stalled.threshold_days as days_over,
        stalled.threshold_basis,
        stalled.threshold_n,
        deals.amount,
        last_activities.last_activity_at,
        {{ days_between('last_activities.last_activity_at', 'sources.complete_to') }}
            as days_since_activity,
        deals.url,
        sources.as_of
    from stalled
    inner join sources
        on stalled.source = sources.source
    inner join deals
        on stalled.deal_id = deals.deal_id
    inner join stages
        on
            stalled.pipeline_id = stages.pipeline_id
            and stalled.stage_id = stages.stage_id
    left join pipelines
        on stalled.pipeline_id = pipelines.pipeline_id
    left join managers
        on deals.manager_id = managers.manager_id
    left join customers
        on deals.customer_id = customers.customer_id
    left join last_activities
        on stalled.deal_id = last_activities.deal_id
)

select * from final
