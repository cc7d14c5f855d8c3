with pairs as (
    select
        source,
        set_id,
        item_1,
        item_2,
        orders
    from {{ ref('itemsets') }}
    where set_size = 2
),

items as (
    select
        source,
        item_1,
        orders
    from {{ ref('itemsets') }}
    where set_size = 1
),

sources as (
    select
        source,
        orders
    from {{ ref('basket_sources') }}
),

-- every pair of products frequent enough to be looked at was compared, listed or not
comparisons as (
    select sum(item_count * (item_count - 1) / 2) as comparison_count
    from (
        select count(*) as item_count
        from items
        group by source
    ) as by_source
),

-- the fourfold table of a pair: all orders, orders with the first, with the second, with both
tables as (
    select
        pairs.set_id,
        pairs.orders as both_orders,
        firsts.orders as first_orders,
        seconds.orders as second_orders,
        sources.orders as all_orders,
        cast(firsts.orders as double) * seconds.orders / sources.orders as expected_orders
    from pairs
    inner join items as firsts on pairs.item_1 = firsts.item_1
    inner join items as seconds on pairs.item_2 = seconds.item_1
    inner join sources on pairs.source = sources.source
),

-- the tail away from the mean is summed; below the mean that is the other tail, taken from 1
tails as (
    select
        set_id,
        first_orders,
        second_orders,
        all_orders,
        both_orders > expected_orders as is_upper,
        case when both_orders > expected_orders then both_orders else both_orders - 1 end as start_orders,
        case when both_orders > expected_orders then 1 else -1 end as direction,
        case
            when both_orders > expected_orders then least(first_orders, second_orders) - both_orders + 1
            else both_orders - greatest(0, first_orders + second_orders - all_orders)
        end as tail_length,
        {{ statistics_tail_terms(
            'expected_orders * (1 - cast(first_orders as double) / all_orders)'
            ' * (1 - cast(second_orders as double) / all_orders)'
        ) }} as needed_terms,
        {{ statistics_ln_factorial('first_orders') }}
        + {{ statistics_ln_factorial('all_orders - first_orders') }}
        + {{ statistics_ln_factorial('second_orders') }}
        + {{ statistics_ln_factorial('all_orders - second_orders') }}
        - {{ statistics_ln_factorial('all_orders') }} as ln_margins
    from tables
),

steps as (
    select
        set_id,
        first_orders,
        second_orders,
        all_orders,
        start_orders,
        direction,
        ln_margins,
        {{ statistics_each_number('cast(least(tail_length, needed_terms) as bigint)') }} as step
    from tails
    where tail_length > 0
),

terms as (
    select
        set_id,
        first_orders,
        second_orders,
        all_orders,
        ln_margins,
        start_orders + direction * step as x
    from steps
),

sums as (
    select
        set_id,
        sum(
            exp(
                ln_margins
                - {{ statistics_ln_factorial('x') }}
                - {{ statistics_ln_factorial('first_orders - x') }}
                - {{ statistics_ln_factorial('second_orders - x') }}
                - {{ statistics_ln_factorial('all_orders - first_orders - second_orders + x') }}
            )
        ) as tail
    from terms
    group by set_id
),

probabilities as (
    select
        tails.set_id,
        least(
            1.0,
            greatest(
                0.0,
                case when tails.is_upper then sums.tail else 1 - coalesce(sums.tail, 0) end
            )
        ) as p_value
    from tails
    left join sums on tails.set_id = sums.set_id
),

tested as (
    select
        set_id,
        {{ significant('p_value') }} as p_value
    from probabilities
),

placed as (
    select
        set_id,
        p_value,
        {{ bh_place('p_value', []) }} as place
    from tested
),

final as (
    select
        placed.set_id,
        placed.p_value,
        {{ bh_q_value('placed.p_value', 'placed.place', 'comparisons.comparison_count', []) }} as q_value
    from placed
    cross join comparisons
)

select * from final
