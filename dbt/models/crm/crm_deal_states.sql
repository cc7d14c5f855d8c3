with

deals as (
    select * from {{ ref('crm_deals') }}
),

capabilities as (
    select * from {{ ref('crm_source_capabilities') }}
),

final as (
    select
        deals.source,
        deals.deal_id,
        deals.pipeline_id,
        deals.stage_id,
        deals.outcome,
        deals.manager_id,
        deals.created_at,
        deals.updated_at,
        capabilities.complete_to as seen_at
    from deals
    inner join capabilities
        on deals.source = capabilities.source
    where capabilities.complete_to is not null
)

select * from final
