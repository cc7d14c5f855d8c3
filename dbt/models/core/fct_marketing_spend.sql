with

marketing_spend as (
    select * from {{ ref('crm_marketing_spend') }}
),

places as (
    select * from {{ ref('dim_places') }}
    where
        given_country = ''
        and given_city = ''
),

rates as (
    select * from {{ ref('dim_currency_rates') }}
),

placed as (
    select
        marketing_spend.source,
        marketing_spend.date as spent_on,
        places.region,
        coalesce(nullif(trim(marketing_spend.channel), ''), '(unknown)') as channel,
        coalesce(nullif(trim(marketing_spend.strategy), ''), '(unknown)') as strategy,
        marketing_spend.campaign_id,
        marketing_spend.amount,
        marketing_spend.currency
    from marketing_spend
    left join places
        on coalesce(trim(marketing_spend.region), '') = places.given_region
),

-- Several spellings of a region on one day become one row.
daily as (
    select
        source,
        spent_on,
        region,
        channel,
        strategy,
        campaign_id,
        currency,
        sum(amount) as amount
    from placed
    group by
        source,
        spent_on,
        region,
        channel,
        strategy,
        campaign_id,
        currency
),

final as (
    select
        daily.source,
        daily.spent_on,
        {{ quarter_start('daily.spent_on') }} as spent_quarter,
        daily.region,
        daily.channel,
        daily.strategy,
        daily.campaign_id,
        {{ to_reporting_currency('daily.amount', 'daily.currency', 'rates.rate') }} as amount,
        coalesce(daily.currency, '{{ var("reporting_currency") }}') as currency
    from daily
    left join rates
        on {{ rate_join('rates', 'daily.currency', 'daily.spent_on') }}
)

select * from final
