with

quotes as (
    select * from {{ source('raw_bitrix24', 'quotes') }}
),

invoices as (
    select * from {{ source('raw_bitrix24', 'invoices') }}
),

invoice_stage_history as (
    select * from {{ source('raw_bitrix24', 'invoice_stage_history') }}
),

statuses as (
    select * from {{ source('raw_bitrix24', 'statuses') }}
),

-- An invoice is paid when it enters a stage of success, and counts as paid while it stands there.
payments as (
    select
        owner_id,
        max({{ utc_moment('created_time') }}) as paid_at
    from invoice_stage_history
    where stage_semantic_id = 'S'
    group by owner_id
),

documents as (
    select
        'quote:' || quotes.id as document,
        quotes.dealid as deal,
        'proposal' as kind,
        quotes.begindate,
        quotes.createdtime,
        quotes.closedate,
        cast(null as timestamp) as paid_at,
        quotes.opportunity,
        quotes.currencyid,
        statuses.semantics
    from quotes
    left join statuses
        on
            quotes.stageid = statuses.status_id
            and statuses.entity_id = 'QUOTE_STATUS'
    union all
    select
        'invoice:' || invoices.id as document,
        invoices.parentid2 as deal,
        'invoice' as kind,
        invoices.begindate,
        invoices.createdtime,
        invoices.closedate,
        case
            when statuses.semantics = 'S'
                then coalesce(payments.paid_at, {{ utc_moment('invoices.movedtime') }})
        end as paid_at,
        invoices.opportunity,
        invoices.currencyid,
        statuses.semantics
    from invoices
    left join payments
        on invoices.id = payments.owner_id
    left join statuses
        on
            invoices.stageid = statuses.status_id
            and substring(statuses.entity_id, 1, 20) = 'SMART_INVOICE_STAGE_'
),

final as (
    select
        'bitrix24' as source,
        'bitrix24:' || document as document_id,
        'bitrix24:' || deal as deal_id,
        kind,
        -- `begindate` is a day without a time. The moment of creation says more if it is on that day.
        case
            when substring(begindate, 1, 10) <> substring(createdtime, 1, 10)
                then {{ utc_moment('begindate') }}
            else {{ utc_moment('createdtime') }}
        end as issued_at,
        cast(null as timestamp) as sent_at,
        {{ utc_moment('closedate') }} as due_at,
        paid_at,
        cast(cast(opportunity as double) as decimal(18, 2)) as amount,
        nullif(currencyid, '') as currency,
        case
            when semantics = 'F' then 'declined'
            when semantics = 'S' and kind = 'invoice' then 'paid'
            when semantics = 'S' then 'accepted'
            else 'open'
        end as status
    from documents
    where nullif(deal, '0') is not null
)

select * from final
