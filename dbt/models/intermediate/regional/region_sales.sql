with

lines as (
    select * from {{ ref('fct_order_lines') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

sales as (
    select
        region,
        ordered_quarter as quarter,
        product_id,
        case when quantity > 0 then quantity else 1 end as units,
        amount,
        cost
    from lines
    where is_sold
    union all
    select
        deals.region,
        deals.closed_quarter as quarter,
        cast(null as {{ dbt.type_string() }}) as product_id,
        1 as units,
        deals.amount,
        cast(null as decimal(18, 2)) as cost
    from deals
    inner join sources
        on deals.source = sources.source
    where
        deals.outcome = 'won'
        and not sources.has_lines
),

final as (
    select
        region,
        quarter,
        product_id,
        cast(sum(units) as decimal(38, 3)) as units,
        cast(coalesce(sum(amount), 0) as decimal(38, 2)) as revenue,
        cast(coalesce(sum(case when cost is not null then amount end), 0) as decimal(38, 2))
            as costed_revenue,
        cast(coalesce(sum(cost), 0) as decimal(38, 2)) as cost
    from sales
    group by
        region,
        quarter,
        product_id
)

select * from final
