with

comparisons as (
    select * from {{ ref('region_comparisons') }}
    where
        kind = 'recent'
        and comparison = 'rest_of_company'
),

effects as (
    select * from {{ ref('region_effects') }}
    where
        kind = 'recent'
        and comparison = 'rest_of_company'
),

price_intervals as (
    select * from {{ ref('region_price_intervals') }}
),

bills as (
    select
        *,
        won_deals / nullif(closed_deals, 0) as win_rate,
        base_won_deals / nullif(base_closed_deals, 0) as base_win_rate,
        (won_deals + other_regions * base_won_deals)
        / nullif(closed_deals + other_regions * base_closed_deals, 0) as pooled_win_rate,
        revenue / nullif(orders, 0) as bill,
        base_revenue / nullif(base_orders, 0) as base_bill,
        squared_bills / nullif(orders, 0) - power(revenue / nullif(orders, 0), 2) as bill_variance,
        base_squared_bills / nullif(base_orders, 0) - power(base_revenue / nullif(base_orders, 0), 2)
            as base_bill_variance
    from comparisons
),

-- How many standard errors the region is above (below, if negative) the others.
tested as (
    select
        bills.region,
        bills.exact_base_revenue as base_revenue,
        bills.closed_deals,
        bills.won_deals,
        bills.win_rate,
        bills.base_win_rate,
        bills.bill,
        bills.base_bill,
        price_intervals.price_index,
        price_intervals.price_index_low,
        price_intervals.price_index_high,
        (bills.win_rate - bills.base_win_rate) / nullif(
            sqrt(
                bills.pooled_win_rate * (1 - bills.pooled_win_rate)
                * (1 / bills.closed_deals + 1 / (bills.other_regions * bills.base_closed_deals))
            ), 0
        ) as win_rate_z,
        (bills.bill - bills.base_bill) / nullif(
            sqrt(
                greatest(bills.bill_variance, 0) / bills.orders
                + greatest(bills.base_bill_variance, 0) / (bills.other_regions * bills.base_orders)
            ), 0
        ) as bill_z
    from bills
    left join price_intervals
        on bills.region = price_intervals.region
),

ranked_effects as (
    select
        effects.region,
        effects.driver,
        effects.effect,
        effects.base_revenue,
        row_number() over (partition by effects.region order by effects.effect nulls last, effects.driver)
            as place,
        case effects.driver
            when 'price' then coalesce(tested.price_index_high < 1, tested.bill_z < -{{ z_95() }}, false)
            when 'win_rate' then coalesce(tested.win_rate_z < -{{ z_95() }}, false)
            when 'volume' then coalesce(tested.bill_z < -{{ z_95() }}, false)
            when 'mix' then coalesce(tested.bill_z < -{{ z_95() }}, false)
            when 'lost_products' then coalesce(tested.bill_z < -{{ z_95() }}, false)
            else false
        end as is_certain
    from effects
    inner join tested
        on effects.region = tested.region
),

-- How the region sells (price, win rate, bill) as against how much it is offered to sell (leads, orders).
weak_drivers as (
    select
        region,
        driver,
        effect,
        row_number() over (partition by region order by effect nulls last, driver) as place
    from ranked_effects
    where
        is_certain
        and effect <= -{{ var('region_weak_effect') }} * base_revenue
),

weak_sums as (
    select
        region,
        sum(effect) as effect
    from weak_drivers
    group by region
),

final as (
    select
        tested.region,
        tested.base_revenue,
        cast(tested.closed_deals as bigint) as closed_deals,
        cast(tested.won_deals as bigint) as won_deals,
        tested.win_rate,
        tested.base_win_rate,
        tested.bill,
        tested.base_bill,
        tested.price_index,
        tested.price_index_low,
        tested.price_index_high,
        tested.win_rate_z,
        tested.bill_z,
        case when ranked_effects.effect < 0 then ranked_effects.driver end as largest_negative_driver,
        case when ranked_effects.effect < 0 then ranked_effects.effect end as largest_negative_effect,
        weak_drivers.driver as weak_driver,
        weak_drivers.effect as weak_effect,
        coalesce(weak_sums.effect, 0) as all_weak_effects
    from tested
    left join ranked_effects
        on
            tested.region = ranked_effects.region
            and ranked_effects.place = 1
    left join weak_drivers
        on
            tested.region = weak_drivers.region
            and weak_drivers.place = 1
    left join weak_sums
        on tested.region = weak_sums.region
)

select * from final
