with order_lines as (
    select * from {{ source('raw_files', 'order_lines') }}
),

final as (
    select
        source,
        source || ':' || order_id as order_id,
        source || ':' || line_id as line_id,
        source || ':' || deal_id as deal_id,
        source || ':' || customer_id as customer_id,
        source || ':' || product_id as product_id,
        cast(quantity as decimal(18, 3)) as quantity,
        cast(unit_price as decimal(18, 4)) as unit_price,
        cast(discount as decimal(18, 2)) as discount,
        cast(amount as decimal(18, 2)) as amount,
        currency,
        cast(ordered_at as timestamp) as ordered_at,
        cast(is_return as boolean) as is_return
    from order_lines
)

select * from final
