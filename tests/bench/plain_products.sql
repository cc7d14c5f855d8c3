create or replace table plain.products as
with months as (
    select
        product_id, ordered_month, min(ordered_on) as first_sold_on, sum(cast(quantity as double)) as units
    from core.fct_order_lines
    where is_sold and ordered_month < date '2026-01-01'
    group by all
),

variation as (
    select
        product_id, min(first_sold_on) as first_sold_on,
        date_diff('month', min(ordered_month), date '2026-01-01') as full_months,
        sqrt(greatest(
            0,
            date_diff('month', min(ordered_month), date '2026-01-01') * sum(units * units) / (sum(units) * sum(units)) - 1
        )) as units_variation
    from months
    group by product_id
),

periods as (
    select
        product_id, ordered_quarter as quarter, grouping(ordered_quarter) = 1 as is_all_time,
        sum(quantity) filter (where is_sold) as units, sum(amount) filter (where is_sold) as revenue,
        sum(amount - cost) filter (where is_sold) as margin,
        sum(discount) filter (where is_sold) / sum(list_amount) filter (where is_sold) as discount_share,
        count(distinct order_id) filter (where is_sold) as orders,
        count(distinct customer_id) filter (where is_sold) as customers,
        sum(abs(quantity)) filter (where is_return) as returned_units,
        sum(abs(amount)) filter (where is_return) as returned_revenue
    from core.fct_order_lines
    group by grouping sets ((product_id, ordered_quarter), (product_id))
)

select
    periods.*, dim_products.product_name, dim_products.category,
    variation.first_sold_on, variation.full_months, variation.units_variation,
    revenue / lag(revenue) over product - 1 as growth_previous_quarter,
    revenue / lag(revenue, 4) over product - 1 as growth_same_quarter_last_year,
    rank() over (partition by quarter order by revenue desc nulls last) as rank_overall,
    rank() over (partition by quarter, category order by revenue desc nulls last) as rank_in_category,
    sum(revenue) over (partition by quarter order by revenue desc nulls last) / sum(revenue) over (partition by quarter)
        as revenue_from_above,
    sum(margin) over (partition by quarter order by margin desc nulls last) / sum(margin) over (partition by quarter)
        as margin_from_above
from periods
left join core.dim_products using (product_id)
left join variation using (product_id)
window product as (partition by product_id, is_all_time order by quarter);
