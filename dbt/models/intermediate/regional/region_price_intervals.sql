with

pairs as (
    select * from {{ ref('region_price_pairs') }}
),

-- One observation per product sold on both sides, weighed by its sales.
ratios as (
    select
        region,
        ln(price / base_price) as log_ratio,
        (share + base_share) * (price + base_price) as weight
    from pairs
    where
        period = 'recent'
        and comparison = 'rest_of_company'
        and is_matched
        and price > 0
        and base_price > 0
),

sums as (
    select
        region,
        count(*) as products,
        sum(weight) as weights,
        sum(weight * log_ratio) as weighted_ratios,
        sum(power(weight, 2)) as squared_weights,
        sum(power(weight, 2) * log_ratio) as squared_weights_x_ratio,
        sum(power(weight * log_ratio, 2)) as squared_weighted_ratios
    from ratios
    group by region
),

means as (
    select
        region,
        products,
        weighted_ratios / weights as mean,
        sqrt(greatest(0, (
            squared_weighted_ratios
            - 2 * weighted_ratios / weights * squared_weights_x_ratio
            + power(weighted_ratios / weights, 2) * squared_weights
        ) / power(weights, 2) * products / nullif(products - 1, 0))) as error
    from sums
),

final as (
    select
        region,
        cast(products as integer) as products,
        exp(mean) as price_index,
        case when products >= 3 then exp(mean - {{ z_95() }} * error) end as price_index_low,
        case when products >= 3 then exp(mean + {{ z_95() }} * error) end as price_index_high
    from means
)

select * from final
