with

capabilities as (
    select * from {{ ref('crm_source_capabilities') }}
),

final as (
    select
        source,
        has_stage_history,
        has_stage_author,
        has_lost_reason,
        has_lines,
        has_invoices,
        has_region,
        has_spend,
        history_start,
        complete_to,
        min(complete_to) over () as as_of
    from capabilities
)

select * from final
