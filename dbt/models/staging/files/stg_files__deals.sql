with deals as (
    select * from {{ source('raw_files', 'deals') }}
),

final as (
    select
        source,
        source || ':' || deal_id as deal_id,
        source || ':' || pipeline_id as pipeline_id,
        source || ':' || stage_id as stage_id,
        outcome,
        source || ':' || manager_id as manager_id,
        source || ':' || customer_id as customer_id,
        source || ':' || campaign_id as campaign_id,
        lead_source,
        cast(amount as decimal(18, 2)) as amount,
        currency,
        cast(created_at as timestamp) as created_at,
        cast(closed_at as timestamp) as closed_at,
        source || ':' || lost_reason_id as lost_reason_id,
        lost_comment,
        competitor,
        cast(updated_at as timestamp) as updated_at,
        cast(is_deleted as boolean) as is_deleted,
        url
    from deals
)

select * from final
