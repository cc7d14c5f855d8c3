-- Bitrix24's API does not give spend: it comes from files.
with

portal as (
    select * from {{ source('raw_bitrix24', 'portal') }}
),

final as (
    select
        'bitrix24' as source,
        cast(null as date) as date,
        cast(null as string) as region,
        cast(null as string) as channel,
        cast(null as string) as strategy,
        cast(null as string) as campaign_id,
        cast(null as decimal(18, 2)) as amount,
        cast(null as string) as currency
    from portal
    where false
)

select * from final
