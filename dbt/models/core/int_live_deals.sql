with

deals as (
    select * from {{ ref('crm_deals') }}
),

deleted_deals as (
    select * from {{ ref('fct_deleted_deals') }}
),

final as (
    select
        cast(row_number() over (order by deals.deal_id) as integer) as deal_key,
        deals.deal_id,
        deals.source,
        deals.pipeline_id,
        deals.outcome,
        deals.closed_at
    from deals
    left join deleted_deals
        on deals.deal_id = deleted_deals.deal_id
    where deleted_deals.deal_id is null
)

select * from final
