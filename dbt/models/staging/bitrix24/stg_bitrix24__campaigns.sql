with

deals as (
    select * from {{ source('raw_bitrix24', 'deals') }}
),

-- Campaigns are known from the marks (utm) on deals; where one campaign has several, the first by name.
final as (
    select
        'bitrix24' as source,
        'bitrix24:' || trim(utmcampaign) as campaign_id,
        trim(utmcampaign) as name,
        min(nullif(trim(utmsource), '')) as channel,
        min(nullif(trim(utmmedium), '')) as strategy
    from deals
    where nullif(trim(utmcampaign), '') is not null
    group by trim(utmcampaign)
)

select * from final
