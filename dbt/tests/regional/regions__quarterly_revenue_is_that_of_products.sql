-- In every quarter the regions' revenue is the products' revenue, where all of it comes from order lines.
-- A returned row is a quarter in which the two reports differ.
with regions as (
    select
        quarter,
        sum(revenue) as revenue
    from {{ ref('regions') }}
    where
        level = 'region'
        and quarter is not null
    group by quarter
),

products as (
    select
        quarter,
        sum(revenue) as revenue
    from {{ ref('products') }}
    where quarter is not null
    group by quarter
),

sources as (
    select min(case when has_lines then 1 else 0 end) as all_have_lines
    from {{ ref('dim_sources') }}
)

select
    regions.quarter,
    regions.revenue,
    products.revenue as products_revenue
from regions
left join products on regions.quarter = products.quarter
cross join sources
where
    sources.all_have_lines = 1
    and coalesce(regions.revenue, 0) <> coalesce(products.revenue, 0)
