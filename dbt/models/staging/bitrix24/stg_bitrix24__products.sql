with

products as (
    select * from {{ source('raw_bitrix24', 'products') }}
),

sections as (
    select * from {{ source('raw_bitrix24', 'sections') }}
),

prices as (
    select * from {{ source('raw_bitrix24', 'prices') }}
),

-- A product can have several kinds of price; the one set up first is the base price.
base_prices as (
    select
        productid,
        min_by(price, cast(id as bigint)) as price
    from prices
    group by productid
),

final as (
    select
        'bitrix24' as source,
        'bitrix24:' || products.id as product_id,
        nullif(products.code, '') as sku,
        products.name,
        sections.name as category,
        cast(cast(base_prices.price as double) as decimal(18, 4)) as list_price,
        cast(cast(nullif(products.purchasingprice, '') as double) as decimal(18, 4)) as unit_cost,
        products.active = 'Y' as is_active
    from products
    left join sections
        on products.iblocksectionid = sections.id
    left join base_prices
        on products.id = base_prices.productid
)

select * from final
