-- An amount in a foreign currency without a rate is null in every report, which would understate it silently.
-- The test stops with a message that names each currency and the first day its rate is missing on.

with

amounts as (
    select
        currency,
        coalesce(closed_on, created_on) as amount_on
    from {{ ref('fct_deals') }}
    where amount is null and amount_original is not null
    union all
    select
        currency,
        ordered_on as amount_on
    from {{ ref('fct_order_lines') }}
    where amount is null and currency <> '{{ var("reporting_currency") }}'
    union all
    select
        currency,
        {{ reporting_day('issued_at') }} as amount_on
    from {{ ref('fct_documents') }}
    where amount is null and currency <> '{{ var("reporting_currency") }}'
    union all
    select
        currency,
        spent_on as amount_on
    from {{ ref('fct_marketing_spend') }}
    where amount is null and currency <> '{{ var("reporting_currency") }}'
),

missing as (
    select
        amounts.currency,
        min(amounts.amount_on) as first_day,
        count(*) as row_count
    from amounts
    left join {{ ref('dim_currency_rates') }} as rates
        on
            amounts.currency = rates.currency
            and amounts.amount_on = rates.rate_on
    where rates.currency is null
    group by amounts.currency
)

select *
from missing
where
    {{ raise_error(
        "'No rate ' || currency || ' -> " ~ var('reporting_currency') ~ " on '"
        ~ " || coalesce(cast(first_day as " ~ dbt.type_string() ~ "), 'any day') || ' ('"
        ~ " || row_count || ' amounts): add the rate to dbt/seeds/currency_rates.csv'"
    ) }} is null
