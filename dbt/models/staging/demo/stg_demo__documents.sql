with documents as (
    select * from {{ source('raw_demo', 'documents') }}
),

final as (
    select
        'demo' as source,
        'demo:' || cast(id as string) as document_id,
        'demo:' || cast(deal_id as string) as deal_id,
        type as kind,
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
