with

sales as (
    select * from {{ ref('region_sales') }}
),

periods as (
    select * from {{ ref('region_periods') }}
),

final as (
    select
        sales.region,
        periods.period,
        sales.product_id,
        cast(sum(sales.units) as decimal(38, 3)) as units,
        cast(sum(sales.revenue) as decimal(38, 2)) as revenue
    from sales
    inner join periods
        on sales.quarter is not distinct from periods.quarter
    where sales.product_id is not null
    group by
        sales.region,
        periods.period,
        sales.product_id
)

select * from final
