-- Every known region of `regions` that had begun by the last quarter judged has a verdict, and no other. A
-- returned row is a region on one side only.
with

regions as (
    select
        region,
        min(quarter) as first_quarter
    from {{ ref('regions') }}
    where
        level = 'region'
        and region <> '(unknown)'
    group by region
),

verdicts as (
    select * from {{ ref('region_verdicts') }}
),

windows as (
    select max(to_quarter) as to_quarter
    from verdicts
)

select
    regions.region,
    verdicts.region as region_with_verdict
from regions
full outer join verdicts
    on regions.region = verdicts.region
cross join windows
where
    regions.region is null
    or (verdicts.region is null and regions.first_quarter <= windows.to_quarter)
