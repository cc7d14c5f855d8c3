{% set max_size = basket_max_size() -%}
with lines as (
    select
        basket_id,
        item_id,
        is_first_half,
        amount
    from {{ ref('basket_lines') }}
),

items as (
    select
        item_id,
        source,
        min_orders
    from {{ ref('basket_items') }}
),

counted_1 as (
    select
        item_id,
        count(*) as orders
    from lines
    group by item_id
),

floor_1 as (
    select 0 as orders
),

sets_1 as (
    select
        items.item_id as set_id,
        items.item_id as item_1,
        items.source,
        items.min_orders as asked_orders,
        counted_1.orders
    from counted_1
    inner join items on counted_1.item_id = items.item_id
    where counted_1.orders >= items.min_orders
),

occurrences_1 as (
    select
        basket_id,
        is_first_half,
        0 as prefix_id,
        item_id as set_id,
        amount,
        amount as last_amount
    from lines
    where item_id in (select set_id from sets_1)
),

{{ basket_measures(1) }},

{# one size more than published: whether a set of the largest size is closed depends on it -#}
{% for size in range(2, max_size + 2) -%}
{{ basket_level(size, max_size + 1) }},

{{ basket_larger(size - 1) }},

{% endfor -%}

final as (
    {% for size in range(1, max_size + 1) -%}
    select
        sets.source,
        {{ size }} as set_size,
        sets.set_id,
        {% for n in range(1, max_size + 1) -%}
        {{ 'sets.item_' ~ n if n <= size else 'cast(null as integer)' }} as item_{{ n }},
        {% endfor -%}
        sets.orders,
        measured.orders_first_half,
        measured.orders_second_half,
        measured.revenue,
        case
            when larger.orders = sets.orders then false
            when sets.orders >= next_floor.orders then true
        end as is_closed,
        case
            when larger.orders is not null then false
            when greatest(sets.asked_orders, this_floor.orders) >= next_floor.orders then true
        end as is_maximal,
        greatest(sets.asked_orders, this_floor.orders) as min_orders,
        this_floor.orders > sets.asked_orders as is_cut,
        greatest(sets.asked_orders, next_floor.orders) as next_min_orders
    from sets_{{ size }} as sets
    inner join measured_{{ size }} as measured on sets.set_id = measured.set_id
    cross join floor_{{ size }} as this_floor
    cross join floor_{{ size + 1 }} as next_floor
    left join larger_{{ size }} as larger
        on
            {% for n in range(1, size + 1) -%}
            {{ 'and ' if not loop.first }}sets.item_{{ n }} = larger.item_{{ n }}
            {% endfor %}
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor -%}
)

select * from final
