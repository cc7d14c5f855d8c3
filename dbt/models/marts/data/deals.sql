with

deals as (
    select * from {{ ref('fct_deals') }}
),

stage_stays as (
    select * from {{ ref('fct_stage_stays') }}
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

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

reasons as (
    select * from {{ ref('dim_lost_reasons') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

losses as (
    select * from {{ ref('losses') }}
),

categories as (
    select * from {{ ref('deal_product_categories') }}
),

documents as (
    select * from {{ ref('fct_documents') }}
),

current_stays as (
    select
        deal_id,
        max(entered_at) as stage_entered_at
    from stage_stays
    where exit_kind is null
    group by deal_id
),

standing_losses as (
    select
        deal_id,
        nullif(manager_id, '(nobody)') as manager_id
    from losses
    where is_standing
),

resumed_losses as (
    select
        deal_id,
        count(*) as losses
    from losses
    where not is_standing
    group by deal_id
),

invoiced_deals as (
    select distinct deal_id
    from documents
    where kind = 'invoice'
),

final as (
    select
        deals.source,
        deals.deal_id,
        deals.url,
        deals.pipeline_id,
        pipelines.pipeline_name,
        deals.outcome,
        deals.stage_id,
        current_stages.stage_name,
        current_stays.stage_entered_at,
        deals.furthest_stage_number,
        furthest_stages.stage_name as furthest_stage_name,
        deals.stage_count,
        deals.lost_stage_id,
        lost_stages.stage_name as lost_stage_name,
        deals.lost_reason_id,
        reasons.lost_reason,
        reasons.category as lost_reason_category,
        deals.competitor,
        standing_losses.manager_id as lost_by_manager_id,
        losers.manager_name as lost_by_manager_name,
        cast(coalesce(resumed_losses.losses, 0) as bigint) as reopened_losses,
        deals.manager_id,
        managers.manager_name,
        managers.team,
        deals.customer_id,
        customers.customer_name,
        deals.country,
        deals.region,
        deals.city,
        deals.campaign_id,
        campaigns.campaign_name,
        campaigns.channel,
        campaigns.strategy,
        deals.lead_source,
        coalesce(categories.product_category, '(no lines)') as product_category,
        deals.amount,
        deals.amount_original,
        deals.currency,
        deals.created_at,
        deals.closed_at,
        deals.created_on,
        deals.closed_on,
        deals.cohort_month,
        deals.closed_quarter,
        case
            when deals.created_at <= deals.closed_at
                then {{ days_between('deals.created_at', 'deals.closed_at') }}
        end as cycle_days,
        deals.has_stage_history,
        invoiced_deals.deal_id is not null as has_invoice,
        deals.updated_at,
        sources.as_of
    from deals
    inner join sources
        on deals.source = sources.source
    left join current_stays
        on deals.deal_id = current_stays.deal_id
    left join pipelines
        on deals.pipeline_id = pipelines.pipeline_id
    left join stages as current_stages
        on
            deals.pipeline_id = current_stages.pipeline_id
            and deals.stage_id = current_stages.stage_id
    left join stages as furthest_stages
        on
            deals.pipeline_id = furthest_stages.pipeline_id
            and deals.furthest_stage_number = furthest_stages.stage_number
    left join stages as lost_stages
        on
            deals.pipeline_id = lost_stages.pipeline_id
            and deals.lost_stage_id = lost_stages.stage_id
    left join managers
        on deals.manager_id = managers.manager_id
    left join customers
        on deals.customer_id = customers.customer_id
    left join campaigns
        on deals.campaign_id = campaigns.campaign_id
    left join reasons
        on deals.lost_reason_id = reasons.lost_reason_id
    left join standing_losses
        on deals.deal_id = standing_losses.deal_id
    left join managers as losers
        on standing_losses.manager_id = losers.manager_id
    left join resumed_losses
        on deals.deal_id = resumed_losses.deal_id
    left join categories
        on deals.deal_id = categories.deal_id
    left join invoiced_deals
        on deals.deal_id = invoiced_deals.deal_id
)

select * from final
