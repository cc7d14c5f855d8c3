with lines as (
    select
        source,
        product_id,
        quantity,
        ordered_on,
        ordered_month
    from {{ ref('fct_order_lines') }}
    where
        is_sold
        and product_id is not null
),

sources as (
    select
        source,
        {{ month_start(reporting_day('complete_to')) }} as current_month
    from {{ ref('dim_sources') }}
),

months as (
    select
        product_id,
        ordered_month,
        min(source) as source,
        min(ordered_on) as first_sold_on,
        cast(sum(quantity) as double) as units
    from lines
    group by
        product_id,
        ordered_month
),

products as (
    select
        months.product_id,
        min(months.first_sold_on) as first_sold_on,
        greatest(
            0,
            {{ dbt.datediff('min(months.ordered_month)', 'max(sources.current_month)', 'month') }}
        ) as full_months,
        sum(months.units) filter (where months.ordered_month < sources.current_month) as units,
        sum(months.units * months.units) filter (where months.ordered_month < sources.current_month)
            as squared_units
    from months
    inner join sources on months.source = sources.source
    group by months.product_id
),

-- months without a sale count as 0 units, which needs only the sums:
-- (sd / mean)^2 = n * sum(x^2) / sum(x)^2 - 1
final as (
    select
        product_id,
        first_sold_on,
        full_months,
        case
            when units > 0
                then {{ rounded('sqrt(greatest(0.0, full_months * squared_units / (units * units) - 1))') }}
        end as units_variation
    from products
)

select * from final
