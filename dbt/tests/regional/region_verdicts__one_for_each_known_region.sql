-- Every known region of `regions` that had begun by the last quarter judged has a verdict, and no other. A returned
-- row is a region on one side only.
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
    select
        region,
        max(to_quarter) over () as to_quarter
    from {{ ref('region_verdicts') }}
)

select
    regions.region,
    verdicts.region as region_with_verdict
from regions
full outer join verdicts
    on regions.region = verdicts.region
where
    (verdicts.region is null and regions.first_quarter <= (select max(to_quarter) from verdicts))
    or regions.region is null
