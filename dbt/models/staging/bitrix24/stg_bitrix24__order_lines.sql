with

product_rows as (
    select * from {{ source('raw_bitrix24', 'product_rows') }}
),

deals as (
    select * from {{ source('raw_bitrix24', 'deals') }}
),

lines as (
    select
        id,
        ownerid,
        productid,
        cast(cast(quantity as double) as decimal(18, 3)) as quantity,
        cast(cast(pricebrutto as double) as decimal(18, 4)) as unit_price,
        -- `price` is per unit, discount taken off, tax included.
        cast(cast(price as double) * cast(quantity as double) as decimal(18, 2)) as amount
    from product_rows
),

final as (
    select
        'bitrix24' as source,
        'bitrix24:' || lines.ownerid as order_id,
        'bitrix24:' || lines.id as line_id,
        'bitrix24:' || lines.ownerid as deal_id,
        'bitrix24:' || coalesce(
            'company:' || nullif(deals.companyid, '0'), 'contact:' || nullif(deals.contactid, '0')
        ) as customer_id,
        'bitrix24:' || nullif(lines.productid, '0') as product_id,
        lines.quantity,
        lines.unit_price,
        cast(
            cast(lines.quantity * lines.unit_price as decimal(18, 2)) - lines.amount as decimal(18, 2)
        ) as discount,
        lines.amount,
        nullif(deals.currencyid, '') as currency,
        case when deals.stagesemanticid = 'S' then {{ utc_moment('deals.movedtime') }} end as ordered_at,
        false as is_return
    from lines
    inner join deals
        on lines.ownerid = deals.id
    where coalesce(deals.isrecurring, 'N') <> 'Y'
)

select * from final
