-- No join of the core layer may lose or double an order line: rows and amounts agree, those in the reporting
-- currency to the cent.
-- A returned row is a source whose lines do not add up.

with

extracted as (
    select
        source,
        count(*) as row_count,
        sum(case when {{ is_reporting_currency('currency') }} then amount else 0 end) as amount
    from {{ ref('crm_order_lines') }}
    group by source
),

kept as (
    select
        source,
        count(*) as row_count,
        sum(case when {{ is_reporting_currency('currency') }} then amount else 0 end) as amount
    from {{ ref('fct_order_lines') }}
    group by source
)

select
    extracted.source,
    extracted.row_count,
    kept.row_count as kept_row_count,
    extracted.amount,
    kept.amount as kept_amount
from extracted
left join kept
    on extracted.source = kept.source
where
    extracted.row_count is distinct from kept.row_count
    or extracted.amount is distinct from kept.amount
