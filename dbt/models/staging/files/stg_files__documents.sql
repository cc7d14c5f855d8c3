with documents as (
    select * from {{ source('raw_files', 'documents') }}
),

final as (
    select
        source,
        source || ':' || document_id as document_id,
        source || ':' || deal_id as deal_id,
        kind,
        cast(issued_at as timestamp) as issued_at,
        cast(sent_at as timestamp) as sent_at,
        cast(due_at as timestamp) as due_at,
        cast(paid_at as timestamp) as paid_at,
        cast(amount as decimal(18, 2)) as amount,
        currency,
        status
    from documents
)

select * from final
