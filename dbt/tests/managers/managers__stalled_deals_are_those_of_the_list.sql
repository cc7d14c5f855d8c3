-- What is stalled in a manager's hands is what `stalled_deals` lists under the name: number and value.
-- A returned row is a manager with other stalled deals.

with

listed as (
    select
        manager_id,
        count(*) as deals,
        sum(amount) as value
    from {{ ref('stalled_deals') }}
    where manager_id is not null
    group by manager_id
),

managers as (
    select
        manager_id,
        stalled_deals,
        stalled_value
    from {{ ref('managers') }}
    where quarter is null and stalled_deals > 0
)

select
    coalesce(listed.manager_id, managers.manager_id) as manager_id,
    listed.deals,
    managers.stalled_deals,
    listed.value,
    managers.stalled_value
from listed
full outer join managers
    on listed.manager_id = managers.manager_id
where
    listed.deals is distinct from managers.stalled_deals
    or coalesce(listed.value, 0) <> coalesce(managers.stalled_value, 0)
