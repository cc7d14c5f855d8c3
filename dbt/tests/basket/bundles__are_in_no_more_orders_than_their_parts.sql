-- A bundle is in at most as many orders as each bundle one smaller that is listed and part of it.
-- A returned row is a set and a part of it with fewer orders.
select
    larger.set_id,
    larger.orders,
    part.orders as part_orders
from {{ ref('itemsets') }} as larger
inner join {{ ref('itemsets') }} as part
    on
        larger.set_size = 3
        and part.set_size = 2
        and (
            (larger.item_1 = part.item_1 and larger.item_2 = part.item_2)
            or (larger.item_1 = part.item_1 and larger.item_3 = part.item_2)
            or (larger.item_2 = part.item_1 and larger.item_3 = part.item_2)
        )
where larger.orders > part.orders
