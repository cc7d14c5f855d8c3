with deals as (
    select * from {{ source('raw_demo', 'deals') }}
),

deletion_log as (
    select entity_id
    from {{ source('raw_demo', 'deletion_log') }}
    where entity_type = 'deal'
),

final as (
    select
        'demo' as source,
        'demo:' || cast(deals.id as string) as deal_id,
        'demo:' || cast(deals.pipeline_id as string) as pipeline_id,
        'demo:' || cast(deals.stage_id as string) as stage_id,
        deals.status as outcome,
        'demo:' || cast(deals.responsible_id as string) as manager_id,
        'demo:' || cast(deals.client_id as string) as customer_id,
        'demo:' || cast(deals.campaign_id as string) as campaign_id,
        deals.lead_source,
        cast(deals.budget as decimal(18, 2)) as amount,
        deals.currency,
        cast(deals.created_at as timestamp) as created_at,
        cast(deals.closed_at as timestamp) as closed_at,
        'demo:' || cast(deals.loss_reason_id as string) as lost_reason_id,
        deals.loss_comment as lost_comment,
        deals.competitor,
        cast(deals.updated_at as timestamp) as updated_at,
        deals.in_trash or deletion_log.entity_id is not null as is_deleted,
        deals.url
    from deals
    left join deletion_log on deals.id = deletion_log.entity_id
)

select * from final
