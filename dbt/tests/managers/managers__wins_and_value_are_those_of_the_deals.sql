-- What all managers won is what was won: wins and value of all time agree with the deals that have an owner.
-- A returned row is a manager whose totals differ.

with

won_deals as (
    select
        manager_id,
        count(*) as wins,
        sum(amount) as value
    from {{ ref('deals') }}
    where outcome = 'won' and manager_id is not null
    group by manager_id
),

managers as (
    select
        manager_id,
        wins,
        value
    from {{ ref('managers') }}
    where quarter is null
)

select
    coalesce(won_deals.manager_id, managers.manager_id) as manager_id,
    won_deals.wins,
    managers.wins as reported_wins,
    won_deals.value,
    managers.value as reported_value
from won_deals
full outer join managers
    on won_deals.manager_id = managers.manager_id
where
    coalesce(won_deals.wins, 0) <> coalesce(managers.wins, 0)
    or coalesce(won_deals.value, 0) <> coalesce(managers.value, 0)
