{% set max_size = basket_max_size() -%}
with itemsets as (
    select
        source,
        set_size,
        set_id,
        {% for n in range(1, max_size + 1) -%}
        item_{{ n }},
        {% endfor -%}
        orders,
        revenue,
        is_closed,
        is_maximal,
        min_orders,
        is_cut
    from {{ ref('itemsets') }}
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
        orders
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

named_items as (
    select
        items.item_id,
        items.product_id,
        coalesce(products.product_name, items.product_id) as product_name,
        cast(singles.orders as double) / sources.orders as support
    from items
    inner join itemsets as singles
        on
            items.item_id = singles.item_1
            and singles.set_size = 1
    inner join sources on singles.source = sources.source
    left join products on items.product_id = products.product_id
),

members as (
    {% for n in range(1, max_size + 1) -%}
    select
        set_size,
        set_id,
        item_{{ n }} as item_id
    from itemsets
    where set_size >= greatest(2, {{ n }})
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
),

named_sets as (
    select
        members.set_size,
        members.set_id,
        {{ basket_joined_text('named_items.product_name', "' + '", 'named_items.product_id') }} as products,
        {{ basket_joined_text('named_items.product_id', "'|'", 'named_items.product_id') }} as product_ids,
        {{ significant('exp(sum(ln(named_items.support)))') }} as expected_support
    from members
    inner join named_items on members.item_id = named_items.item_id
    group by
        members.set_size,
        members.set_id
),

measured as (
    select
        {{ dbt.hash('named_sets.product_ids') }} as bundle_id,
        itemsets.source,
        itemsets.set_size as size,
        named_sets.products,
        named_sets.product_ids,
        itemsets.orders,
        sources.orders as all_orders,
        cast(itemsets.orders as double) / sources.orders as support,
        named_sets.expected_support,
        {{ significant('cast(itemsets.orders as double) / sources.orders / named_sets.expected_support') }}
            as lift,
        itemsets.revenue,
        itemsets.is_closed,
        itemsets.is_maximal,
        itemsets.min_orders,
        itemsets.is_cut,
        case
            when itemsets.is_closed is null or itemsets.is_maximal is null then 'larger_size_cut'
            when itemsets.revenue is null then 'no_amounts'
        end as not_measurable
    from itemsets
    inner join named_sets
        on
            itemsets.set_size = named_sets.set_size
            and itemsets.set_id = named_sets.set_id
    inner join sources on itemsets.source = sources.source
),

final as (
    select
        cast(
            row_number() over (
                order by
                    measured.orders desc,
                    measured.revenue desc nulls last,
                    measured.product_ids
            ) as integer
        ) as popularity_rank,
        measured.bundle_id,
        measured.source,
        measured.size,
        measured.products,
        measured.product_ids,
        measured.orders,
        measured.all_orders,
        measured.support,
        measured.expected_support,
        measured.lift,
        measured.revenue,
        measured.is_closed,
        measured.is_maximal,
        measured.min_orders,
        measured.is_cut,
        measured.not_measurable,
        '{{ basket_unit() }}' as basket_unit,
        moments.as_of
    from measured
    cross join moments
)

select * from final
order by popularity_rank
