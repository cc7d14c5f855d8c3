create or replace table plain.regions as
with orders as (
    select
        order_id, customer_id, country, region, city, ordered_quarter as quarter, sum(amount) as amount
    from core.fct_order_lines
    where is_sold
    group by all
),

first_orders as (
    select customer_id, min(quarter) as first_quarter from orders group by customer_id
),

periods as (
    select
        case when grouping(region) = 1 then 'country' when grouping(city) = 1 then 'region' else 'city' end as level,
        country, region, city, quarter, grouping(quarter) = 1 as is_all_time,
        count(distinct order_id) as orders, count(distinct customer_id) as customers,
        count(distinct case when quarter = first_quarter then customer_id end) as new_customers,
        sum(amount) as revenue
    from orders
    left join first_orders using (customer_id)
    group by grouping sets (
        (country, quarter), (country), (country, region, quarter), (country, region),
        (country, region, city, quarter), (country, region, city)
    )
)

select
    *, revenue / orders as average_bill,
    revenue / lag(revenue) over place - 1 as growth_previous_quarter,
    revenue / lag(revenue, 4) over place - 1 as growth_same_quarter_last_year,
    revenue / sum(revenue) over (partition by level, quarter) as revenue_share
from periods
window place as (partition by level, country, region, city, is_all_time order by quarter);
