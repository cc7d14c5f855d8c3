{{ config(materialized='view') }}

with

comparisons as (
    select * from {{ ref('region_comparisons') }}
),

products as (
    select * from {{ ref('region_product_totals') }}
),

company_products as (
    select
        period,
        product_id,
        sum(case when region <> '(unknown)' then units end) as known_units,
        sum(case when region <> '(unknown)' then revenue end) as known_revenue
    from products
    group by
        period,
        product_id
),

pairs as (
    select
        comparisons.region,
        comparisons.period,
        comparisons.comparison,
        products.product_id,
        cast(products.units as double) as units,
        cast(products.revenue as double) as revenue,
        case
            when comparisons.comparison = 'rest_of_company'
                then cast(company_products.known_units - products.units as double)
                    / comparisons.other_regions
            else cast(base_products.units as double)
        end as base_units,
        case
            when comparisons.comparison = 'rest_of_company'
                then cast(company_products.known_revenue - products.revenue as double)
                    / comparisons.other_regions
            else cast(base_products.revenue as double)
        end as base_revenue,
        comparisons.comparison = 'rest_of_company' or company_products.product_id is null as is_new_if_alone,
        comparisons.units as all_units,
        comparisons.base_units as all_base_units
    from comparisons
    inner join products
        on
            comparisons.region = products.region
            and comparisons.period = products.period
    left join products as base_products
        on
            comparisons.region = base_products.region
            and comparisons.base_period = base_products.period
            and products.product_id = base_products.product_id
            and comparisons.comparison <> 'rest_of_company'
    left join company_products
        on
            comparisons.base_period = company_products.period
            and products.product_id = company_products.product_id
),

final as (
    select
        region,
        period,
        comparison,
        product_id,
        revenue,
        base_units,
        base_revenue,
        coalesce(base_units, 0) > 0 as is_matched,
        coalesce(base_units, 0) <= 0 and is_new_if_alone as is_new,
        units / all_units as share,
        case when base_units > 0 then base_units / all_base_units else 0 end as base_share,
        revenue / units as price,
        case when base_units > 0 then base_revenue / base_units else revenue / units end as base_price
    from pairs
)

select * from final
