{% set horizon = "cast('2041-01-01' as date)" %}

with

rates as (
    select * from {{ ref('currency_rates') }}
),

periods as (
    select
        from_currency as currency,
        rate,
        valid_from,
        lead(valid_from, 1, {{ horizon }}) over (
            partition by from_currency
            order by valid_from
        ) as valid_to
    from rates
    where to_currency = '{{ var("reporting_currency") }}'
),

final as (
    select
        periods.currency,
        {{ add_to_date('day', 'numbers.n', 'periods.valid_from') }} as rate_on,
        cast(periods.rate as double) as rate
    from periods
    inner join {{ numbers(20000) }}
        on numbers.n < {{ dbt.datediff('periods.valid_from', 'periods.valid_to', 'day') }}
)

select * from final
