with order_items as (
    select * from {{ source('raw_demo', 'order_items') }}
),

final as (
    select
        'demo' as source,
        'demo:' || cast(order_id as string) as order_id,
        'demo:' || cast(line_no as string) as line_id,
        'demo:' || cast(deal_id as string) as deal_id,
        'demo:' || cast(client_id as string) as customer_id,
        'demo:' || cast(good_id as string) as product_id,
        cast(quantity as decimal(18, 3)) as quantity,
        cast(price as decimal(18, 4)) as unit_price,
        cast(discount as decimal(18, 2)) as discount,
        cast(total as decimal(18, 2)) as amount,
        currency,
        cast(ordered_at as timestamp) as ordered_at,
        is_return
    from order_items
)

select * from final
