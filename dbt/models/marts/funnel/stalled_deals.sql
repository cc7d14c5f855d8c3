with

stage_entries as (
    select * from {{ ref('fct_stage_entries') }}
    where kind = 'open' and is_current_pipeline
),

live_deals as (
    select * from {{ ref('int_live_deals') }}
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

finished_stays as (
    select
        stage_entries.pipeline_id,
        stage_entries.stage_id,
        case when live_deals.outcome = 'won' then stage_entries.days end as days_of_won,
        case when stage_entries.exit_kind = 'advanced' then stage_entries.days end as days_of_advanced
    from stage_entries
    inner join live_deals
        on stage_entries.deal_key = live_deals.deal_key
    where stage_entries.days is not null
),

usual_stays as (
    select
        pipeline_id,
        stage_id,
        count(days_of_won) as won_n,
        {{ percentile(0.9, 'days_of_won') }} as won_p90,
        count(days_of_advanced) as advanced_n,
        {{ percentile(0.9, 'days_of_advanced') }} as advanced_p90
    from finished_stays
    group by pipeline_id, stage_id
),

-- Too few stays to have a tenth worth the name give no threshold: their stage is not judged.
thresholds as (
    select
        pipeline_id,
        stage_id,
        case
            when won_n >= {{ var('stall_min_n') }} then 'won_deals'
            else 'advanced_deals'
        end as threshold_basis,
        case when won_n >= {{ var('stall_min_n') }} then won_n else advanced_n end as threshold_n,
        case when won_n >= {{ var('stall_min_n') }} then won_p90 else advanced_p90 end as threshold_days
    from usual_stays
    where greatest(won_n, advanced_n) >= {{ var('stall_min_n') }}
),

stalled as (
    select
        live_deals.source,
        live_deals.deal_id,
        stage_entries.pipeline_id,
        stage_entries.stage_id,
        stage_entries.entered_at,
        {{ days_between('stage_entries.entered_at', 'sources.complete_to') }} as days,
        thresholds.threshold_days,
        thresholds.threshold_basis,
        thresholds.threshold_n,
        sources.complete_to,
        sources.as_of
    from stage_entries
    inner join live_deals
        on stage_entries.deal_key = live_deals.deal_key
    inner join sources
        on live_deals.source = sources.source
    inner join thresholds
        on
            stage_entries.pipeline_id = thresholds.pipeline_id
            and stage_entries.stage_id = thresholds.stage_id
    where
        live_deals.outcome = 'open'
        and stage_entries.exit_kind is null
        and {{ days_between('stage_entries.entered_at', 'sources.complete_to') }} > thresholds.threshold_days
),

-- What is planned for later has not happened.
last_activities as (
    select
        stalled.deal_id,
        max(activities.happened_at) as last_activity_at
    from activities
    inner join stalled
        on activities.deal_id = stalled.deal_id
    where activities.happened_at <= stalled.complete_to
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
        cast(stalled.threshold_n as bigint) as threshold_n,
        deals.amount,
        last_activities.last_activity_at,
        {{ days_between('last_activities.last_activity_at', 'stalled.complete_to') }}
            as days_since_activity,
        deals.url,
        stalled.as_of
    from stalled
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
