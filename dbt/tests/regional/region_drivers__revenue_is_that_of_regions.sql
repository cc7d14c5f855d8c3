-- What is explained is the revenue people see in `regions`. A returned row is a region and quarter whose
-- revenue differs there, or a previous quarter or a year before that differs from the one compared with.
with

regions as (
    select
        region,
        quarter,
        -- what has no amounts is unknown there, and nothing to explain here
        coalesce(sum(revenue), 0) as revenue
    from {{ ref('regions') }}
    where level = 'region'
    group by
        region,
        quarter
),

drivers as (
    select distinct
        region,
        quarter,
        comparison,
        case comparison
            when 'previous_quarter' then {{ add_to_date('month', -3, 'quarter') }}
            when 'same_quarter_last_year' then {{ add_to_date('month', -12, 'quarter') }}
        end as base_quarter,
        revenue,
        base_revenue
    from {{ ref('region_drivers') }}
)

select
    drivers.region,
    drivers.quarter,
    drivers.comparison,
    drivers.revenue,
    current_side.revenue as revenue_in_regions,
    drivers.base_revenue,
    base_side.revenue as base_revenue_in_regions
from drivers
left join regions as current_side
    on
        drivers.region = current_side.region
        and drivers.quarter is not distinct from current_side.quarter
left join regions as base_side
    on
        drivers.region = base_side.region
        and drivers.base_quarter = base_side.quarter
where
    drivers.revenue is distinct from current_side.revenue
    or (drivers.comparison <> 'rest_of_company' and drivers.base_revenue is distinct from base_side.revenue)
