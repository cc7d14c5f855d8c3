with itemsets as (
    select
        source,
        set_size,
        set_id,
        item_1,
        item_2,
        orders,
        orders_first_half,
        orders_second_half
    from {{ ref('itemsets') }}
),

tests as (
    select
        set_id,
        p_value,
        q_value
    from {{ ref('basket_pair_tests') }}
),

items as (
    select
        item_id,
        product_id
    from {{ ref('basket_items') }}
),

sources as (
    select
        source,
        orders,
        orders_first_half,
        orders_second_half
    from {{ ref('basket_sources') }}
),

products as (
    select
        product_id,
        product_name
    from {{ ref('dim_products') }}
),

moments as (
    select max(as_of) as as_of
    from {{ ref('dim_sources') }}
),

singles as (
    select
        itemsets.item_1 as item_id,
        items.product_id,
        coalesce(products.product_name, items.product_id) as product_name,
        itemsets.orders,
        itemsets.orders_first_half,
        itemsets.orders_second_half
    from itemsets
    inner join items on itemsets.item_1 = items.item_id
    left join products on items.product_id = products.product_id
    where itemsets.set_size = 1
),

-- each pair both ways round: confidence and conviction depend on the direction
pairs as (
    select
        source,
        set_id,
        item_1 as item_id,
        item_2 as with_item_id,
        orders,
        orders_first_half,
        orders_second_half
    from itemsets
    where set_size = 2
    union all
    select
        source,
        set_id,
        item_2 as item_id,
        item_1 as with_item_id,
        orders,
        orders_first_half,
        orders_second_half
    from itemsets
    where set_size = 2
),

counted as (
    select
        pairs.source,
        product.product_id,
        product.product_name,
        other.product_id as with_product_id,
        other.product_name as with_product_name,
        pairs.orders,
        product.orders as product_orders,
        other.orders as with_product_orders,
        sources.orders as all_orders,
        {{ share('pairs.orders', 'sources.orders') }} as support,
        {{ share('pairs.orders', 'product.orders') }} as confidence,
        {{ share('other.orders', 'sources.orders') }} as with_support,
        {{ basket_lift('pairs.orders', 'product.orders', 'other.orders', 'sources.orders') }} as lift,
        {% for half in ['first_half', 'second_half'] -%}
        {{ basket_lift(
            'pairs.orders_' ~ half,
            'product.orders_' ~ half,
            'other.orders_' ~ half,
            'sources.orders_' ~ half
        ) }} as lift_{{ half }},
        {% endfor -%}
        tests.p_value,
        tests.q_value
    from pairs
    inner join tests on pairs.set_id = tests.set_id
    inner join singles as product on pairs.item_id = product.item_id
    inner join singles as other on pairs.with_item_id = other.item_id
    inner join sources on pairs.source = sources.source
),

ranked as (
    select
        source,
        product_id,
        product_name,
        with_product_id,
        with_product_name,
        orders,
        product_orders,
        with_product_orders,
        all_orders,
        support,
        confidence,
        with_support,
        lift,
        lift_first_half,
        lift_second_half,
        p_value,
        q_value,
        cast(
            row_number() over (
                partition by product_id
                order by
                    q_value asc nulls last,
                    lift desc nulls last,
                    orders desc,
                    with_product_id asc
            ) as integer
        ) as place
    from counted
),

final as (
    select
        ranked.product_id,
        ranked.place,
        ranked.product_name,
        ranked.with_product_id,
        ranked.with_product_name,
        ranked.source,
        ranked.orders,
        ranked.product_orders,
        ranked.with_product_orders,
        ranked.all_orders,
        ranked.support,
        ranked.confidence,
        ranked.lift,
        ranked.support
        - {{ share('ranked.product_orders', 'ranked.all_orders') }} * ranked.with_support as leverage,
        (1 - ranked.with_support) / nullif(1 - ranked.confidence, 0) as conviction,
        ranked.p_value,
        ranked.q_value,
        ranked.lift_first_half,
        ranked.lift_second_half,
        ranked.lift_first_half > 1 and ranked.lift_second_half > 1 as is_stable,
        '{{ basket_unit() }}' as basket_unit,
        moments.as_of
    from ranked
    cross join moments
    where ranked.place <= {{ var('bought_together_per_product') }}
)

select * from final
