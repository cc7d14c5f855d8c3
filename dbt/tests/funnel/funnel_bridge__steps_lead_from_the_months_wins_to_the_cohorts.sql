-- Wins of the month and the steps are the wins of the cohort; with what else became of it, the whole cohort.
-- A returned row is a month whose bridge does not add up, in deals or in value.

select
    pipeline_id,
    month,
    sum(case when part in ('start', 'step') then deals end) as led_to,
    sum(case when part = 'result' then deals end) as wins_of_cohort,
    sum(case when part in ('result', 'rest') then deals end) as became,
    sum(case when part = 'total' then deals end) as deals_of_cohort,
    sum(case when part in ('start', 'step') then value end) as led_to_value,
    sum(case when part = 'result' then value end) as value_of_cohort,
    sum(case when part in ('result', 'rest') then value end) as became_value,
    sum(case when part = 'total' then value end) as value_of_all
from {{ ref('funnel_bridge') }}
group by pipeline_id, month
having
    sum(case when part in ('start', 'step') then deals end)
    is distinct from sum(case when part = 'result' then deals end)
    or sum(case when part in ('result', 'rest') then deals end)
    is distinct from sum(case when part = 'total' then deals end)
    or coalesce(sum(case when part in ('start', 'step') then value end), 0)
    <> coalesce(sum(case when part = 'result' then value end), 0)
    or coalesce(sum(case when part in ('result', 'rest') then value end), 0)
    <> coalesce(sum(case when part = 'total' then value end), 0)
