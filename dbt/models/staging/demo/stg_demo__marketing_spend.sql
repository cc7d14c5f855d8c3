with ad_spend as (
    select * from {{ source('raw_demo', 'ad_spend') }}
),

final as (
    select
        'demo' as source,
        cast(day as date) as date,
        region,
        channel,
        strategy,
        'demo:' || cast(campaign_id as string) as campaign_id,
        cast(cost as decimal(18, 2)) as amount,
        currency
    from ad_spend
)

select * from final
