{#
    The CTEs that find every frequent set of `size` products from those one smaller ("prefix join").

    A set is written rarest product first. Two sets of size - 1 with the same prefix (all but the last
    product) make one of `size`; they are joined inside each basket, on (basket, prefix), and counted. Only
    frequent sets are carried on, so a set with an infrequent part is never looked at (Apriori).

    open_<n>         occurrences that may still grow: basket_id, prefix_id, set_id, amount of the set,
                     amount of its last product
    floor_<size>     one row: fewest orders looked for at this size, 0 unless the engine raised it
    sets_<size>      frequent sets: their prefix and last set, products item_1 .. item_<size>, orders
    occurrences_<size>, measured_<size>   where they occur; revenue and orders of each half of the period
#}
{% macro basket_level(size, last_size) -%}
{% set smaller = size - 1 -%}
{% if basket_is_automatic() -%}
{{ basket_row_floor(size) }},

open_{{ smaller }} as (
    select occurrences_{{ smaller }}.*
    from occurrences_{{ smaller }}
    inner join sets_{{ smaller }} on occurrences_{{ smaller }}.set_id = sets_{{ smaller }}.set_id
    cross join row_floor_{{ size }}
    where sets_{{ smaller }}.orders >= row_floor_{{ size }}.orders
),
{%- endif %}

{% if size == 2 -%}
-- most pairs of products occur once or twice: counted in hashed buckets first, they are gone before they need
-- a counter each (Park, Chen, Yu); a third less time and memory on 36M rows of 21M different pairs
full_buckets as (
    select {{ basket_bucket('shorter.set_id', 'longer.set_id') }} as bucket
    from {{ basket_open(smaller) }} as shorter
    inner join {{ basket_open(smaller) }} as longer
        on
            shorter.basket_id = longer.basket_id
            and shorter.set_id < longer.set_id
    group by {{ basket_bucket('shorter.set_id', 'longer.set_id') }}
    having count(*) >= (select min(asked_orders) from sets_1)
),

{% endif -%}
counted_{{ size }} as (
    select
        shorter.set_id as prefix_id,
        longer.set_id as last_id,
        count(*) as orders
    from {{ basket_open(smaller) }} as shorter
    inner join {{ basket_open(smaller) }} as longer
        on
            shorter.basket_id = longer.basket_id
            and shorter.prefix_id = longer.prefix_id
            and shorter.set_id < longer.set_id
    {% if size == 2 -%}
    where {{ basket_bucket('shorter.set_id', 'longer.set_id') }} in (select bucket from full_buckets)
    {% endif -%}
    group by
        shorter.set_id,
        longer.set_id
),

frequent_{{ size }} as (
    select
        counted_{{ size }}.prefix_id,
        counted_{{ size }}.last_id,
        counted_{{ size }}.orders,
        prefix.source,
        prefix.asked_orders,
        {% for n in range(1, size) -%}
        prefix.item_{{ n }},
        {% endfor -%}
        last.item_{{ smaller }} as item_{{ size }}
    from counted_{{ size }}
    inner join sets_{{ smaller }} as prefix on counted_{{ size }}.prefix_id = prefix.set_id
    inner join sets_{{ smaller }} as last on counted_{{ size }}.last_id = last.set_id
    {% if basket_is_automatic() -%}
    cross join row_floor_{{ size }}
    {% endif -%}
    where
        counted_{{ size }}.orders >= prefix.asked_orders
        {% if basket_is_automatic() -%}
        and counted_{{ size }}.orders >= row_floor_{{ size }}.orders
        {%- endif %}
),

{{ basket_set_floor(size) }},

sets_{{ size }} as (
    select
        cast(row_number() over (order by frequent_{{ size }}.prefix_id, frequent_{{ size }}.last_id) as integer)
            as set_id,
        frequent_{{ size }}.*
    from frequent_{{ size }}
    cross join floor_{{ size }}
    where frequent_{{ size }}.orders >= floor_{{ size }}.orders
)
{%- if size < last_size %},

-- first the occurrences whose set is a part of a frequent one: the join by basket is the dear step
prefixes_{{ size }} as (
    select *
    from {{ basket_open(smaller) }}
    where set_id in (select prefix_id from sets_{{ size }})
),

lasts_{{ size }} as (
    select *
    from {{ basket_open(smaller) }}
    where set_id in (select last_id from sets_{{ size }})
),

joined_{{ size }} as (
    select
        prefixes.basket_id,
        prefixes.is_first_half,
        prefixes.set_id as prefix_id,
        lasts.set_id as last_id,
        prefixes.amount + lasts.last_amount as amount,
        lasts.last_amount
    from prefixes_{{ size }} as prefixes
    inner join lasts_{{ size }} as lasts
        on
            prefixes.basket_id = lasts.basket_id
            and prefixes.prefix_id = lasts.prefix_id
            and prefixes.set_id < lasts.set_id
),

occurrences_{{ size }} as (
    select
        joined_{{ size }}.basket_id,
        joined_{{ size }}.is_first_half,
        joined_{{ size }}.prefix_id,
        sets_{{ size }}.set_id,
        joined_{{ size }}.amount,
        joined_{{ size }}.last_amount
    from joined_{{ size }}
    inner join sets_{{ size }}
        on
            joined_{{ size }}.prefix_id = sets_{{ size }}.prefix_id
            and joined_{{ size }}.last_id = sets_{{ size }}.last_id
),

{{ basket_measures(size) }}
{%- endif %}
{%- endmacro %}


{# Occurrences that sets one larger are made of: all of them, or those above the raised floor. #}
{% macro basket_open(size) -%}
    {{ return(('open_' if basket_is_automatic() else 'occurrences_') ~ size) }}
{%- endmacro %}


{# Revenue and orders by half of the period of each set of this size. #}
{% macro basket_measures(size) -%}
measured_{{ size }} as (
    select
        set_id,
        count(*) filter (where is_first_half) as orders_first_half,
        count(*) filter (where not is_first_half) as orders_second_half,
        cast(sum(amount) as decimal(18, 2)) as revenue
    from occurrences_{{ size }}
    group by set_id
)
{%- endmacro %}


{# The bucket of a pair of sets, one of about a million. #}
{% macro basket_bucket(first_id, second_id) -%}
    (cast({{ first_id }} as bigint) * 20011 + {{ second_id }}) % 1048573
{%- endmacro %}
