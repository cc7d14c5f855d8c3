{#
    A pair differs if any number that it counts in does. The reason is told from what the source says of the deal,
    then and now; where that is the same, it is the counting that changed: exchange rates, time zone, code.
#}
with

publications as (
    select * from {{ source('ops', 'previous_publication') }}
),

previous_deals as (
    select * from {{ source('ops', 'previous_deals') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

previous_sources as (
    select distinct source from previous_deals
),

pairs as (
    select
        coalesce(deals.deal_id, previous_deals.deal_id) as deal_id,
        coalesce(deals.source, previous_deals.source) as source,
        previous_deals.deal_id is not null as is_old,
        deals.deal_id is not null as is_new,
        previous_deals.pipeline_id as old_pipeline_id,
        deals.pipeline_id as new_pipeline_id,
        previous_deals.outcome as old_outcome,
        deals.outcome as new_outcome,
        previous_deals.amount as old_amount,
        deals.amount as new_amount,
        {{ month_start('previous_deals.created_on') }} as old_created_month,
        {{ month_start('deals.created_on') }} as new_created_month,
        {{ month_start('previous_deals.closed_on') }} as old_closed_month,
        {{ month_start('deals.closed_on') }} as new_closed_month,
        previous_deals.created_at is distinct from deals.created_at as is_created_at_changed,
        previous_deals.closed_at is distinct from deals.closed_at as is_closed_at_changed,
        previous_deals.amount_original is distinct from deals.amount_original
        or previous_deals.currency is distinct from deals.currency as is_amount_changed
    from previous_deals
    full outer join deals
        on previous_deals.deal_id = deals.deal_id
),

changed as (
    select
        pairs.*,
        case
            when not pairs.is_old and previous_sources.source is null then 'source_added'
            when not pairs.is_old then 'late_deal'
            when not pairs.is_new and sources.source is null then 'source_removed'
            when not pairs.is_new then 'deleted_deal'
        end as whole_reason
    from pairs
    left join previous_sources
        on pairs.source = previous_sources.source
    left join sources
        on pairs.source = sources.source
    where
        exists (select 1 from publications)
        and (
            not pairs.is_old
            or not pairs.is_new
            or pairs.old_pipeline_id is distinct from pairs.new_pipeline_id
            or pairs.old_outcome <> pairs.new_outcome
            or pairs.old_amount is distinct from pairs.new_amount
            or pairs.old_created_month is distinct from pairs.new_created_month
            or pairs.old_closed_month is distinct from pairs.new_closed_month
        )
),

final as (
    select
        deal_id,
        source,
        is_old,
        is_new,
        old_pipeline_id,
        new_pipeline_id,
        old_outcome,
        new_outcome,
        old_amount,
        new_amount,
        old_created_month,
        new_created_month,
        old_closed_month,
        new_closed_month,
        coalesce(
            whole_reason,
            case
                when old_pipeline_id is distinct from new_pipeline_id then 'moved_pipeline'
                when is_created_at_changed then 'date_corrected'
                else 'definition_changed'
            end
        ) as created_reason,
        coalesce(
            whole_reason,
            case
                when old_outcome <> 'open' and new_outcome = 'open' then 'reopened_deal'
                when old_outcome = 'open' and new_outcome <> 'open' then 'late_closing'
                when old_outcome <> new_outcome then 'outcome_corrected'
                when old_pipeline_id is distinct from new_pipeline_id then 'moved_pipeline'
                when old_closed_month is distinct from new_closed_month and is_closed_at_changed
                    then 'date_corrected'
                when old_closed_month is not distinct from new_closed_month and is_amount_changed
                    then 'amount_corrected'
                else 'definition_changed'
            end
        ) as closed_reason
    from changed
)

select * from final
