with

capabilities as (
    select * from {{ ref('crm_source_capabilities') }}
),

snapshot_coverage as (
    select * from {{ ref('crm_snapshot_coverage') }}
),

-- One night sees a state, and only two nights see a change.
final as (
    select
        capabilities.source,
        coalesce(capabilities.has_stage_history, false)
        or coalesce(
            snapshot_coverage.followed_deals
            >= {{ var('snapshot_followed_share') }} * snapshot_coverage.closed_deals
            and snapshot_coverage.followed_deals > 0,
            false
        ) as has_stage_history,
        case
            when capabilities.has_stage_history then 'source'
            when snapshot_coverage.history_start < capabilities.complete_to then 'snapshots'
        end as history_basis,
        capabilities.has_stage_author,
        capabilities.has_lost_reason,
        capabilities.has_lines,
        capabilities.has_invoices,
        capabilities.has_region,
        capabilities.has_spend,
        case
            when capabilities.has_stage_history then capabilities.history_start
            when snapshot_coverage.history_start < capabilities.complete_to
                then snapshot_coverage.history_start
        end as history_start,
        capabilities.complete_to,
        min(capabilities.complete_to) over () as as_of
    from capabilities
    left join snapshot_coverage
        on capabilities.source = snapshot_coverage.source
)

select * from final
