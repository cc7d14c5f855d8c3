with orders as (
    select
        source,
        basket_id,
        is_first_half
    from {{ ref('basket_orders') }}
),

totals as (
    select
        source,
        {{ basket_count() }} as orders,
        {{ basket_count('is_first_half') }} as orders_first_half,
        {{ basket_count('not is_first_half') }} as orders_second_half
    from orders
    group by source
),

final as (
    select
        source,
        orders,
        orders_first_half,
        orders_second_half,
        cast(
            greatest(
                {{ var('bundle_min_orders') }},
                ceil(cast({{ basket_min_support() }} as decimal(12, 10)) * orders),
                1
            ) as bigint
        ) as min_orders
    from totals
)

select * from final
