-- The class A products of a period bring at least 80 % of its revenue, and would bring less without their
-- last. A returned row is a period where they do not.
with products as (
    select
        quarter,
        revenue,
        abc_revenue
    from {{ ref('products') }}
    where
        abc_revenue is not null
        and revenue > 0
),

periods as (
    select
        quarter,
        sum(revenue) as revenue,
        sum(case when abc_revenue = 'A' then revenue else 0 end) as a_revenue,
        min(case when abc_revenue = 'A' then revenue end) as least_a_revenue
    from products
    group by quarter
)

select
    quarter,
    revenue,
    a_revenue,
    least_a_revenue
from periods
where
    a_revenue < 0.8 * revenue
    or a_revenue - least_a_revenue >= 0.8 * revenue
