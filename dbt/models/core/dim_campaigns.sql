with

campaigns as (
    select * from {{ ref('crm_campaigns') }}
),

final as (
    select
        campaign_id,
        source,
        name as campaign_name,
        channel,
        strategy
    from campaigns
)

select * from final
