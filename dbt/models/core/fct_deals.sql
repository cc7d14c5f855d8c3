with

deals as (
    select * from {{ ref('crm_deals') }}
),

live_deals as (
    select * from {{ ref('int_live_deals') }}
),

stage_entries as (
    select * from {{ ref('fct_stage_entries') }}
),

stages as (
    select * from {{ ref('dim_stages') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

rates as (
    select * from {{ ref('dim_currency_rates') }}
),

pipelines as (
    select
        pipeline_id,
        max(stage_count) as stage_count
    from stages
    group by pipeline_id
),

history as (
    select
        deal_key,
        max(case when is_current_pipeline then stage_number end) as furthest_stage_number,
        bit_or(
            case
                when is_current_pipeline and stage_number is not null
                    then cast(power(2, stage_number - 1) as bigint)
            end
        ) as entered_stages,
        max(case when is_current_pipeline and kind = 'won' then 1 else 0 end) = 1 as was_won,
        max(case when kind <> 'open' then entered_at end) as last_ended_at,
        max_by(stage_id, entry_number)
        filter (where exit_kind = 'lost' and is_current_pipeline) as lost_stage_id
    from stage_entries
    group by deal_key
),

joined as (
    select
        deals.source,
        deals.deal_id,
        deals.pipeline_id,
        deals.outcome,
        deals.stage_id,
        deals.manager_id,
        deals.customer_id,
        deals.campaign_id,
        deals.lead_source,
        deals.amount,
        deals.currency,
        deals.created_at,
        case
            when deals.outcome <> 'open' then coalesce(deals.closed_at, history.last_ended_at)
        end as closed_at,
        deals.lost_reason_id,
        deals.lost_comment,
        deals.competitor,
        deals.updated_at,
        deals.url,
        coalesce(pipelines.stage_count, 0) as stage_count,
        case
            when deals.outcome = 'won' or history.was_won
                then coalesce(pipelines.stage_count, 0)
            else
                greatest(
                    coalesce(history.furthest_stage_number, 1),
                    coalesce(current_stages.stage_number, 1)
                )
        end as furthest_stage_number,
        case
            when deals.outcome <> 'lost' then null
            when history.lost_stage_id is not null then history.lost_stage_id
            when current_stages.kind = 'open' then current_stages.stage_id
        end as lost_stage_id,
        coalesce(history.entered_stages, 0) as entered_stages,
        history.deal_key is not null as has_stage_history,
        -- A day of grace: sources that record whole days may be a time zone ahead.
        sources.complete_to,
        sources.complete_to + interval '1' day as latest_possible_at
    from deals
    inner join live_deals
        on deals.deal_id = live_deals.deal_id
    left join history
        on live_deals.deal_key = history.deal_key
    left join pipelines
        on deals.pipeline_id = pipelines.pipeline_id
    left join stages as current_stages
        on
            deals.pipeline_id = current_stages.pipeline_id
            and deals.stage_id = current_stages.stage_id
    left join sources
        on deals.source = sources.source
),

-- A moment after the data's own end cannot be right: it stays visible, but belongs to no day.
dated as (
    select
        *,
        case
            when created_at <= latest_possible_at then {{ reporting_day('created_at') }}
        end as created_on,
        case
            when closed_at <= latest_possible_at then {{ reporting_day('closed_at') }}
        end as closed_on
    from joined
),

final as (
    select
        dated.source,
        dated.deal_id,
        dated.pipeline_id,
        dated.outcome,
        dated.stage_id,
        dated.manager_id,
        dated.customer_id,
        dated.campaign_id,
        dated.lead_source,
        {{ to_reporting_currency('dated.amount', 'dated.currency', 'rates.rate') }} as amount,
        dated.amount as amount_original,
        coalesce(dated.currency, '{{ var("reporting_currency") }}') as currency,
        dated.created_at,
        dated.closed_at,
        dated.created_on,
        dated.closed_on,
        {{ month_start('dated.created_on') }} as cohort_month,
        {{ quarter_start('dated.closed_on') }} as closed_quarter,
        dated.lost_reason_id,
        dated.lost_comment,
        dated.competitor,
        coalesce(customers.region, '(unknown)') as region,
        coalesce(customers.city, '(unknown)') as city,
        coalesce(customers.country, '(unknown)') as country,
        dated.stage_count,
        dated.furthest_stage_number,
        dated.entered_stages,
        dated.lost_stage_id,
        dated.has_stage_history,
        dated.updated_at,
        dated.url
    from dated
    left join customers
        on dated.customer_id = customers.customer_id
    left join rates
        on {{ rate_join(
            'rates',
            'dated.currency',
            'coalesce(dated.closed_on, dated.created_on, cast(dated.complete_to as date))'
        ) }}
)

select * from final
