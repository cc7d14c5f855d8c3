with campaigns as (
    select * from {{ source('raw_demo', 'campaigns') }}
),

final as (
    select
        'demo' as source,
        'demo:' || cast(id as string) as campaign_id,
        title as name,
        channel,
        strategy
    from campaigns
)

select * from final
