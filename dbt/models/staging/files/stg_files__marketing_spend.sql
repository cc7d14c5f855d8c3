with marketing_spend as (
    select * from {{ source('raw_files', 'marketing_spend') }}
),

final as (
    select
        source,
        cast(date as date) as date,
        nullif(region, '') as region,
        nullif(channel, '') as channel,
        nullif(strategy, '') as strategy,
        source || ':' || nullif(campaign_id, '') as campaign_id,
        cast(amount as decimal(18, 2)) as amount,
        currency
    from marketing_spend
)

select * from final
