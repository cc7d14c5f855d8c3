with

documents as (
    select * from {{ ref('crm_documents') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

rates as (
    select * from {{ ref('dim_currency_rates') }}
),

final as (
    select
        documents.source,
        documents.document_id,
        documents.deal_id,
        documents.kind,
        documents.issued_at,
        documents.sent_at,
        documents.due_at,
        documents.paid_at,
        {{ to_reporting_currency('documents.amount', 'documents.currency', 'rates.rate') }} as amount,
        coalesce(documents.currency, '{{ var("reporting_currency") }}') as currency,
        documents.status
    from documents
    left join sources
        on documents.source = sources.source
    left join rates
        on {{ rate_join(
            'rates',
            'documents.currency',
            reporting_day('coalesce(documents.issued_at, documents.paid_at, sources.complete_to)')
        ) }}
)

select * from final
