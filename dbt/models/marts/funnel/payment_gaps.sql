with

deals as (
    select * from {{ ref('fct_deals') }}
),

stage_entries as (
    select * from {{ ref('fct_stage_entries') }}
    where kind = 'open' and is_current_pipeline
),

documents as (
    select * from {{ ref('fct_documents') }}
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

lost_reasons as (
    select * from {{ ref('dim_lost_reasons') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

pipeline_roles as (
    select
        pipeline_id,
        min(case when role = 'contract' then stage_number end) as contract_number,
        min(case when role in ('payment', 'delivery') then stage_number end) as payment_number,
        max(case when role = 'payment' then 1 else 0 end) = 1 as has_payment_stage
    from stages
    group by pipeline_id
),

-- A moment more than a day after the end of the data is a slip of the pen: it has not come.
past_documents as (
    select
        documents.deal_id,
        documents.kind,
        documents.due_at,
        case when documents.issued_at <= sources.complete_to + interval '1' day then documents.issued_at end
            as issued_at,
        case when documents.sent_at <= sources.complete_to + interval '1' day then documents.sent_at end
            as sent_at,
        case when documents.paid_at <= sources.complete_to + interval '1' day then documents.paid_at end
            as paid_at
    from documents
    inner join sources
        on documents.source = sources.source
    where documents.kind in ('contract', 'invoice', 'payment')
),

papers as (
    select
        deal_id,
        min(case when kind = 'contract' then issued_at end) as contract_at,
        min(case when kind = 'invoice' then sent_at end) as invoice_sent_at,
        min(case when kind = 'invoice' and sent_at is not null and paid_at is null then due_at end)
            as invoice_due_at,
        max(
            case
                when paid_at is not null or (kind = 'payment' and issued_at is not null) then 1
                else 0
            end
        ) = 1 as is_paid
    from past_documents
    group by deal_id
),

contracts as (
    select
        deals.source,
        deals.deal_id,
        deals.pipeline_id,
        deals.outcome,
        deals.manager_id,
        deals.customer_id,
        deals.amount,
        deals.closed_at,
        deals.lost_reason_id,
        deals.url,
        pipeline_roles.contract_number,
        papers.contract_at,
        case when sources.has_invoices then papers.invoice_sent_at end as invoice_sent_at,
        case when sources.has_invoices then papers.invoice_due_at end as invoice_due_at,
        coalesce(
            deals.outcome = 'won'
            or papers.is_paid
            or deals.furthest_stage_number >= pipeline_roles.payment_number,
            false
        ) as is_paid,
        sources.has_invoices,
        sources.complete_to,
        sources.as_of
    from deals
    inner join sources
        on deals.source = sources.source
    inner join pipeline_roles
        on deals.pipeline_id = pipeline_roles.pipeline_id
    left join papers
        on deals.deal_id = papers.deal_id
    where
        (
            deals.furthest_stage_number >= pipeline_roles.contract_number
            or papers.contract_at is not null
        )
        and (pipeline_roles.has_payment_stage or sources.has_invoices)
),

contract_stays as (
    select
        contracts.deal_id,
        min(stage_entries.entered_at) as entered_at,
        max_by(stage_entries.manager_id, stage_entries.entry_number) as manager_id
    from stage_entries
    inner join contracts
        on
            stage_entries.deal_id = contracts.deal_id
            and stage_entries.stage_number >= contracts.contract_number
    group by contracts.deal_id
),

dated_contracts as (
    select
        contracts.source,
        contracts.deal_id,
        contracts.pipeline_id,
        contracts.outcome,
        coalesce(contract_stays.manager_id, contracts.manager_id) as manager_id,
        case when contract_stays.manager_id is null then 'current_owner' else 'owner_at_the_time' end
            as manager_basis,
        contracts.customer_id,
        contracts.amount,
        contracts.lost_reason_id,
        contracts.url,
        coalesce(contracts.contract_at, contract_stays.entered_at) as contract_at,
        contracts.invoice_sent_at,
        contracts.invoice_due_at,
        contracts.is_paid,
        contracts.has_invoices,
        case
            when contracts.outcome = 'open' then contracts.complete_to
            else coalesce(contracts.closed_at, contracts.complete_to)
        end as seen_until,
        contracts.as_of
    from contracts
    left join contract_stays
        on contracts.deal_id = contract_stays.deal_id
),

-- An invoice sent before its contract did not keep anybody waiting.
waits as (
    select
        *,
        {{ days_between('contract_at', 'seen_until') }} as days,
        case
            when invoice_sent_at >= contract_at then {{ days_between('contract_at', 'invoice_sent_at') }}
            when invoice_sent_at < contract_at then 0.0
        end as invoice_wait_days
    from dated_contracts
),

usual_in_pipeline as (
    select
        pipeline_id,
        count(invoice_wait_days) as n,
        {{ percentile(0.9, 'invoice_wait_days') }} as p90
    from waits
    where is_paid
    group by pipeline_id
),

usual_in_source as (
    select
        source,
        count(invoice_wait_days) as n,
        {{ percentile(0.9, 'invoice_wait_days') }} as p90
    from waits
    where is_paid
    group by source
),

gaps as (
    select
        waits.*,
        lost_reasons.lost_reason,
        lost_reasons.category as lost_reason_category,
        case
            when in_pipeline.n >= {{ var('stall_min_n') }} then in_pipeline.n
            when in_source.n >= {{ var('stall_min_n') }} then in_source.n
        end as late_after_n,
        case
            when in_pipeline.n >= {{ var('stall_min_n') }} then in_pipeline.p90
            when in_source.n >= {{ var('stall_min_n') }} then in_source.p90
        end as late_after_days
    from waits
    left join usual_in_pipeline as in_pipeline
        on waits.pipeline_id = in_pipeline.pipeline_id
    left join usual_in_source as in_source
        on waits.source = in_source.source
    left join lost_reasons
        on waits.lost_reason_id = lost_reasons.lost_reason_id
    where not waits.is_paid
),

explained as (
    select
        *,
        case when has_invoices then coalesce(invoice_wait_days, days) > late_after_days end
            as invoice_was_late,
        case
            when has_invoices and invoice_sent_at is null and outcome = 'lost' then 'invoice_not_sent'
            -- An invoice that is not yet due to be sent is not forgotten.
            when has_invoices and invoice_sent_at is null and days > late_after_days then 'invoice_not_sent'
            when has_invoices and invoice_sent_at is null and days <= late_after_days then 'in_time'
            when has_invoices and invoice_sent_at is null then null
            when has_invoices and invoice_wait_days > late_after_days then 'invoice_sent_late'
            when outcome = 'lost' and lost_reason_category = 'competitor' then 'competitor'
            when has_invoices and invoice_due_at < seen_until then 'invoice_overdue'
            when outcome = 'lost' then 'other_reason'
            when has_invoices then 'in_time'
        end as cause,
        case
            when not has_invoices then 'no_invoices'
            when contract_at is null then 'no_contract_date'
            when late_after_days is null then 'too_few_paid_deals'
        end as not_measurable
    from gaps
),

final as (
    select
        explained.source,
        explained.deal_id,
        explained.pipeline_id,
        pipelines.pipeline_name,
        explained.outcome,
        explained.cause,
        explained.amount,
        explained.manager_id,
        managers.manager_name,
        managers.team,
        explained.manager_basis,
        explained.customer_id,
        customers.customer_name,
        explained.contract_at,
        explained.days,
        explained.invoice_sent_at,
        explained.invoice_wait_days,
        explained.late_after_days,
        cast(explained.late_after_n as bigint) as late_after_n,
        explained.invoice_was_late,
        explained.invoice_due_at,
        explained.lost_reason,
        explained.lost_reason_category,
        explained.url,
        explained.not_measurable,
        explained.as_of
    from explained
    left join pipelines
        on explained.pipeline_id = pipelines.pipeline_id
    left join managers
        on explained.manager_id = managers.manager_id
    left join customers
        on explained.customer_id = customers.customer_id
)

select * from final
