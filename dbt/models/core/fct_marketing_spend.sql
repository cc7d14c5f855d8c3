with

marketing_spend as (
    select * from {{ ref('crm_marketing_spend') }}
),

rates as (
    select * from {{ ref('dim_currency_rates') }}
),

final as (
    select
        marketing_spend.source,
        marketing_spend.date as spent_on,
        {{ quarter_start('marketing_spend.date') }} as spent_quarter,
        coalesce(nullif(trim(marketing_spend.region), ''), '(unknown)') as region,
        coalesce(nullif(trim(marketing_spend.channel), ''), '(unknown)') as channel,
        coalesce(nullif(trim(marketing_spend.strategy), ''), '(unknown)') as strategy,
        marketing_spend.campaign_id,
        {{ to_reporting_currency(
            'marketing_spend.amount', 'marketing_spend.currency', 'rates.rate'
        ) }} as amount,
        coalesce(marketing_spend.currency, '{{ var("reporting_currency") }}') as currency
    from marketing_spend
    left join rates
        on {{ rate_join('rates', 'marketing_spend.currency', 'marketing_spend.date') }}
)

select * from final
