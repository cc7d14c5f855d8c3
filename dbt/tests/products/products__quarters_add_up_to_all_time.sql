-- Units, revenue and returns of a product's quarters and of what has no day add up to its all-time row.
-- A returned row is a product where they do not.
with quarters as (
    select
        product_id,
        sum(units) as units,
        sum(revenue) as revenue,
        sum(returned_revenue) as returned_revenue
    from {{ ref('products') }}
    where quarter is not null
    group by product_id
),

undated as (
    select
        product_id,
        units,
        revenue,
        returned_revenue
    from {{ ref('product_periods') }}
    where
        quarter is null
        and not is_all_time
),

all_time as (
    select
        product_id,
        units,
        revenue,
        returned_revenue
    from {{ ref('products') }}
    where quarter is null
)

select
    all_time.product_id,
    all_time.revenue,
    quarters.revenue as quarters_revenue,
    undated.revenue as undated_revenue
from all_time
left join quarters on all_time.product_id = quarters.product_id
left join undated on all_time.product_id = undated.product_id
where
    all_time.units <> coalesce(quarters.units, 0) + coalesce(undated.units, 0)
    or coalesce(all_time.revenue, 0) <> coalesce(quarters.revenue, 0) + coalesce(undated.revenue, 0)
    or coalesce(all_time.returned_revenue, 0)
    <> coalesce(quarters.returned_revenue, 0) + coalesce(undated.returned_revenue, 0)
