-- The dimensions asked of all deals count each deal once.
-- A returned row is a source and dimension with another number of deals.

with

deals as (
    select
        source,
        count(*) as deals
    from {{ ref('deals') }}
    group by source
)

select
    coverage.source,
    coverage.dimension,
    coverage.n,
    deals.deals
from {{ ref('data_coverage') }} as coverage
inner join deals
    on coverage.source = deals.source
where
    coverage.manager_id is null
    and coverage.dimension in ('manager', 'customer', 'region', 'amount', 'created_date')
    and coverage.n <> deals.deals
