with account as (
    select * from {{ source('raw_demo', 'account') }}
),

final as (
    select
        'demo' as source,
        true as has_stage_history,
        true as has_stage_author,
        true as has_lost_reason,
        true as has_lines,
        true as has_invoices,
        true as has_region,
        true as has_spend,
        cast(history_start as timestamp) as history_start,
        cast(complete_to as timestamp) as complete_to
    from account
)

select * from final
