{#
    Fewest orders a set one smaller than `size` must have so that joining the baskets makes at most var
    `bundle_max_rows` rows; 0 where all of them fit. One row.

    The rows are counted before they are made: n sets with one prefix in one basket make n(n-1)/2. Counting
    sets from the most frequent down, the p-th of a basket adds p - 1 rows; `reached` is the running sum.
#}
{% macro basket_row_floor(size) -%}
{% set smaller = size - 1 -%}
load_{{ size }} as (
    select 1 as is_over
    from (
        select count(*) as set_count
        from occurrences_{{ smaller }}
        group by
            basket_id,
            prefix_id
    ) as groups
    having sum(set_count * (set_count - 1) / 2) > {{ var('bundle_max_rows') }}
),

positions_{{ size }} as (
    select
        sets_{{ smaller }}.orders,
        row_number() over (
            partition by occurrences_{{ smaller }}.basket_id, occurrences_{{ smaller }}.prefix_id
            order by sets_{{ smaller }}.orders desc, sets_{{ smaller }}.set_id
        ) - 1 as added_rows
    from load_{{ size }}
    cross join occurrences_{{ smaller }}
    inner join sets_{{ smaller }} on occurrences_{{ smaller }}.set_id = sets_{{ smaller }}.set_id
),

reached_{{ size }} as (
    select
        orders,
        sum(sum(added_rows)) over (order by orders desc) as rows_from_here_up
    from positions_{{ size }}
    group by orders
),

row_floor_{{ size }} as (
    select
        greatest(
            max(floor_{{ smaller }}.orders),
            coalesce(
                min(reached_{{ size }}.orders)
                    filter (where reached_{{ size }}.rows_from_here_up <= {{ var('bundle_max_rows') }}),
                max(reached_{{ size }}.orders) + 1,
                0
            )
        ) as orders
    from floor_{{ smaller }}
    left join reached_{{ size }} on true
)
{%- endmacro %}


{#
    Fewest orders a set of `size` must have to be kept: the floor for its parts, raised until at most var
    `bundle_max_sets` sets are left. Sets with equal orders stay or go together, so the result is still
    "every set with at least this many orders". One row.
#}
{% macro basket_set_floor(size) -%}
{% if basket_is_automatic() -%}
places_{{ size }} as (
    select
        orders,
        sum(count(*)) over (order by orders desc) as sets_from_here_up
    from frequent_{{ size }}
    group by orders
),

floor_{{ size }} as (
    select
        greatest(
            max(row_floor_{{ size }}.orders),
            case
                when max(places_{{ size }}.sets_from_here_up) > {{ var('bundle_max_sets') }}
                    then coalesce(
                        min(places_{{ size }}.orders)
                            filter (where places_{{ size }}.sets_from_here_up <= {{ var('bundle_max_sets') }}),
                        max(places_{{ size }}.orders) + 1
                    )
                else 0
            end
        ) as orders
    from row_floor_{{ size }}
    left join places_{{ size }} on true
)
{%- else -%}
floor_{{ size }} as (
    select 0 as orders
)
{%- endif %}
{%- endmacro %}
