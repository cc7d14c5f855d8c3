-- Every quarter of a known region is compared with the other regions if there are any, every complete one
-- with the quarter before from the region's second on. A returned row is a comparison that is missing.
with

regions as (
    select
        region,
        quarter,
        min(case when is_complete then 1 else 0 end) = 1 as is_complete,
        min(quarter) over (partition by region) as first_quarter
    from {{ ref('regions') }}
    where level = 'region'
    group by
        region,
        quarter
),

known_regions as (
    select
        quarter,
        count(*) as regions
    from regions
    where region <> '(unknown)'
    group by quarter
),

expected as (
    select
        region,
        quarter,
        'previous_quarter' as comparison
    from regions
    where
        is_complete
        and quarter > first_quarter
    union all
    select
        regions.region,
        regions.quarter,
        'rest_of_company' as comparison
    from regions
    inner join known_regions
        on regions.quarter is not distinct from known_regions.quarter
    where
        regions.region <> '(unknown)'
        and known_regions.regions > 1
),

drivers as (
    select distinct
        region,
        quarter,
        comparison
    from {{ ref('region_drivers') }}
)

select
    expected.region,
    expected.quarter,
    expected.comparison
from expected
left join drivers
    on
        expected.region = drivers.region
        and expected.quarter is not distinct from drivers.quarter
        and expected.comparison = drivers.comparison
where drivers.region is null
