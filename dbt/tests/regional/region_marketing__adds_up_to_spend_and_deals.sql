-- All spend, all leads and all won deals are in the report, for all time and in each quarter, once.
-- A returned row is a quarter (null: all time) with more or less than in the facts.
with report as (
    select
        quarter,
        coalesce(sum(spend), 0) as spend,
        sum(leads) as leads,
        sum(wins) as wins
    from {{ ref('region_marketing') }}
    group by quarter
),

spend as (
    select
        spent_quarter as quarter,
        amount
    from {{ ref('fct_marketing_spend') }}
),

deals as (
    select
        {{ quarter_start('created_on') }} as created_quarter,
        closed_quarter,
        outcome
    from {{ ref('fct_deals') }}
)

select
    report.quarter,
    report.spend,
    report.leads,
    report.wins
from report
where
    report.spend <> (
        select coalesce(sum(spend.amount), 0)
        from spend
        where
            report.quarter is null
            or spend.quarter = report.quarter
    )
    or report.leads <> (
        select count(*)
        from deals
        where
            report.quarter is null
            or deals.created_quarter = report.quarter
    )
    or report.wins <> (
        select count(*)
        from deals
        where
            deals.outcome = 'won'
            and (
                report.quarter is null
                or deals.closed_quarter = report.quarter
            )
    )
