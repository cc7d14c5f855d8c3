with

comparisons as (
    select * from {{ ref('region_comparisons') }}
),

pairs as (
    select * from {{ ref('region_price_pairs') }}
),

products as (
    select * from {{ ref('region_product_totals') }}
),

-- Sums over products, weighed by what is sold on both sides. A product without a counterpart has the same
-- price on both sides, so it moves the mix only.
matched as (
    select
        region,
        period,
        comparison,
        sum((share + base_share) / 2 * (price - base_price)) as price_change,
        sum((share - base_share) * (price + base_price) / 2) as mix_price_change,
        sum(share - base_share) as mix_share_change,
        sum(case when is_new then share * price else 0 end) as new_price_change,
        sum(case when is_new then share else 0 end) as new_share_change,
        sum(case when is_new then revenue else 0 end) as new_revenue,
        sum(case when is_matched then base_units else 0 end) as base_units,
        sum(case when is_matched then base_revenue else 0 end) as base_revenue,
        sum(case when is_matched then (share + base_share) * price end)
        / nullif(sum(case when is_matched then (share + base_share) * base_price end), 0) as price_index
    from pairs
    group by
        region,
        period,
        comparison
),

products_sold as (
    select distinct
        period,
        product_id
    from products
),

-- What the region used to sell and nobody in the company sells any more.
gone as (
    select
        comparisons.region,
        comparisons.period,
        comparisons.comparison,
        sum(cast(products.units as double)) as units,
        sum(cast(products.revenue as double)) as revenue
    from comparisons
    inner join products
        on
            comparisons.region = products.region
            and comparisons.base_period = products.period
    left join products_sold
        on
            comparisons.period = products_sold.period
            and products.product_id = products_sold.product_id
    where
        comparisons.comparison <> 'rest_of_company'
        and products_sold.product_id is null
    group by
        comparisons.region,
        comparisons.period,
        comparisons.comparison
),

-- A side that sold nothing has no price and no order of its own and takes the other's: no difference.
sides as (
    select
        comparisons.region,
        comparisons.period,
        comparisons.comparison,
        comparisons.orders > 0 and comparisons.base_orders > 0 as has_orders,
        comparisons.units > 0 and comparisons.base_units > 0 as has_products,
        comparisons.units / nullif(comparisons.orders, 0) as volume,
        comparisons.base_units / nullif(comparisons.base_orders, 0) as base_volume,
        comparisons.product_revenue / nullif(comparisons.units, 0) as unit_price,
        comparisons.base_product_revenue / nullif(comparisons.base_units, 0) as base_unit_price,
        (comparisons.revenue - comparisons.product_revenue) / nullif(comparisons.orders, 0) as unknown_bill,
        (comparisons.base_revenue - comparisons.base_product_revenue)
        / nullif(comparisons.base_orders, 0) as base_unknown_bill,
        comparisons.base_units as all_base_units,
        comparisons.base_units - coalesce(matched.base_units, 0) as alone_units,
        comparisons.base_product_revenue - coalesce(matched.base_revenue, 0) as alone_revenue,
        coalesce(matched.price_change, 0) as price_change,
        coalesce(matched.mix_price_change, 0) as mix_price_change,
        coalesce(matched.mix_share_change, 0) as mix_share_change,
        coalesce(matched.new_price_change, 0) as new_price_change,
        coalesce(matched.new_share_change, 0) as new_share_change,
        coalesce(matched.new_revenue, 0) as new_revenue,
        matched.price_index,
        coalesce(gone.units, 0) as gone_units,
        coalesce(gone.revenue, 0) as gone_revenue
    from comparisons
    left join matched
        on
            comparisons.region = matched.region
            and comparisons.period = matched.period
            and comparisons.comparison = matched.comparison
    left join gone
        on
            comparisons.region = gone.region
            and comparisons.period = gone.period
            and comparisons.comparison = gone.comparison
),

-- Against the other regions, lost products are all that only they sell.
with_lost as (
    select
        *,
        case comparison when 'rest_of_company' then alone_units else gone_units end as lost_units,
        case comparison when 'rest_of_company' then alone_revenue else gone_revenue end as lost_revenue
    from sides
),

-- Shares of the base side's units, and what they add to its average price.
shares as (
    select
        *,
        coalesce((coalesce(unit_price, base_unit_price) + coalesce(base_unit_price, unit_price)) / 2, 0)
            as usual_price,
        case when has_orders and has_products then (volume + base_volume) / 2 else 0 end as usual_volume,
        coalesce(lost_units / nullif(all_base_units, 0), 0) as lost_share,
        coalesce(lost_revenue / nullif(all_base_units, 0), 0) as lost_price,
        coalesce(alone_units / nullif(all_base_units, 0), 0) as alone_share,
        coalesce(alone_revenue / nullif(all_base_units, 0), 0) as alone_price
    from with_lost
),

final as (
    select
        region,
        period,
        comparison,
        has_products,
        volume as current_volume,
        base_volume,
        price_index,
        new_revenue,
        lost_revenue,
        unknown_bill as current_unknown_bill,
        base_unknown_bill,
        case when has_orders then (volume - base_volume) * usual_price else 0 end as volume_change,
        usual_volume * price_change as price_change,
        usual_volume * (new_price_change - new_share_change * usual_price) as new_products_change,
        usual_volume * (lost_share * usual_price - lost_price) as lost_products_change,
        usual_volume * (
            mix_price_change - new_price_change - (alone_price - lost_price)
            - usual_price * (mix_share_change - new_share_change - (alone_share - lost_share))
        ) as mix_change,
        case when has_orders then unknown_bill - base_unknown_bill else 0 end as unknown_products_change
    from shares
)

select * from final
