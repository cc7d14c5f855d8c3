-- The share of losses without a reason is shown per manager: it must be the one of the deal list.
-- A returned row is a manager whose losses without a reason differ.

with

deals as (
    select
        source,
        lost_by_manager_id as manager_id,
        count(*) as n,
        sum(case when lost_reason_id is null then 1 else 0 end) as missing_n
    from {{ ref('deals') }}
    where outcome = 'lost' and lost_by_manager_id is not null
    group by source, lost_by_manager_id
),

coverage as (
    select
        source,
        manager_id,
        n,
        missing_n
    from {{ ref('data_coverage') }}
    where dimension = 'lost_reason' and manager_id is not null and not_measurable is null
)

select
    deals.manager_id,
    deals.n,
    coverage.n as covered_n,
    deals.missing_n,
    coverage.missing_n as covered_missing_n
from deals
inner join coverage
    on
        deals.source = coverage.source
        and deals.manager_id = coverage.manager_id
where deals.n <> coverage.n or deals.missing_n <> coverage.missing_n
