-- The cities listed are all there are: their customers add up to the total of the dimension, and
-- those without
-- a region to the customers of dim_customers. A returned row is a source and dimension where they do not.
with

coverage as (
    select
        source,
        dimension,
        max(case when member is null then missing_n end) as missing_n,
        sum(case when member is not null then missing_n else 0 end) as listed_n
    from {{ ref('data_coverage') }}
    where
        dimension in ('city', 'city_region')
        and not_measurable is null
    group by source, dimension
),

customers as (
    select
        source,
        sum(case when region = '(unknown)' then 1 else 0 end) as without_region
    from {{ ref('dim_customers') }}
    where city <> '(unknown)'
    group by source
)

select
    coverage.source,
    coverage.dimension,
    coverage.missing_n,
    coverage.listed_n,
    customers.without_region
from coverage
left join customers
    on coverage.source = customers.source
where
    coverage.missing_n is distinct from coverage.listed_n
    or (coverage.dimension = 'city_region' and coverage.missing_n is distinct from customers.without_region)
