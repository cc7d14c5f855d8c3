with source_capabilities as (
    select * from {{ source('raw_files', 'source_capabilities') }}
),

final as (
    select
        source,
        cast(has_stage_history as boolean) as has_stage_history,
        cast(has_stage_author as boolean) as has_stage_author,
        cast(has_lost_reason as boolean) as has_lost_reason,
        cast(has_lines as boolean) as has_lines,
        cast(has_invoices as boolean) as has_invoices,
        cast(has_region as boolean) as has_region,
        cast(has_spend as boolean) as has_spend,
        cast(history_start as timestamp) as history_start,
        cast(complete_to as timestamp) as complete_to
    from source_capabilities
)

select * from final
