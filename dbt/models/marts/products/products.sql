{% set period = 'filled.quarter, filled.is_all_time, filled.is_product' -%}
with periods as (
    select
        product_id,
        quarter,
        is_all_time,
        units,
        revenue,
        margin,
        list_amount,
        discount,
        orders,
        customers,
        returned_units,
        returned_revenue,
        offered_deals,
        won_deals
    from {{ ref('product_periods') }}
),

variation as (
    select
        product_id,
        first_sold_on,
        full_months,
        units_variation
    from {{ ref('product_variation') }}
),

products as (
    select
        product_id,
        source,
        product_name,
        category
    from {{ ref('dim_products') }}
),

sources as (
    select
        source,
        has_lines,
        as_of,
        {{ reporting_day('complete_to') }} as complete_to_on
    from {{ ref('dim_sources') }}
),

moments as (
    select max(as_of) as as_of
    from sources
),

catalogue as (
    select
        products.product_id,
        products.source,
        products.product_name,
        products.category,
        true as is_product
    from products
    union all
    select
        periods.product_id,
        sources.source,
        '(no product)' as product_name,
        '(none)' as category,
        false as is_product
    from periods
    inner join sources on periods.product_id = {{ no_product('sources.source') }}
    where periods.is_all_time
),

-- a source none of whose sales has an amount: its revenue is unknown, also where a product was not sold
unpriced_sources as (
    select catalogue.source
    from periods
    inner join catalogue on periods.product_id = catalogue.product_id
    where
        periods.is_all_time
        and periods.orders > 0
    group by catalogue.source
    having count(periods.revenue) = 0
),

starts as (
    select
        product_id,
        min(quarter) as first_quarter,
        max(quarter) as last_quarter
    from periods
    group by product_id
),

-- every quarter from a product's first one to the last its source has, also those without a sale, and a row
-- for all time
grid as (
    select
        starts.product_id,
        {{ add_to_date('month', '3 * numbers.n', 'starts.first_quarter') }} as quarter,
        false as is_all_time
    from starts
    inner join catalogue on starts.product_id = catalogue.product_id
    inner join sources on catalogue.source = sources.source
    inner join {{ numbers_of_quarters() }}
        on numbers.n <= {{ quarters_between(
            'starts.first_quarter', 'greatest(sources.complete_to_on, starts.last_quarter)'
        ) }}
    union all
    select
        product_id,
        cast(null as date) as quarter,
        true as is_all_time
    from catalogue
),

filled as (
    select
        catalogue.product_id,
        catalogue.source,
        catalogue.product_name,
        catalogue.category,
        catalogue.is_product,
        grid.quarter,
        grid.is_all_time,
        sources.complete_to_on,
        coalesce({{ add_to_date('month', 3, 'grid.quarter') }} <= sources.complete_to_on, true)
            as is_complete,
        least(
            coalesce({{ add_to_date('month', 3, 'grid.quarter') }}, sources.complete_to_on),
            sources.complete_to_on
        ) as period_end,
        {% for measure in [
            'units', 'orders', 'customers', 'returned_units', 'offered_deals', 'won_deals'
        ] -%}
        case
            when sources.has_lines then coalesce(periods.{{ measure }}, 0)
        end as {{ measure }},
        {% endfor -%}
        -- a period with sales but without an amount has null there, and keeps it
        case
            when not sources.has_lines or unpriced_sources.source is not null then null
            when periods.product_id is null then 0
            else periods.revenue
        end as revenue,
        case
            when not sources.has_lines then null
            when periods.product_id is null then 0
            else periods.returned_revenue
        end as returned_revenue,
        sources.has_lines,
        periods.margin,
        periods.list_amount,
        periods.discount,
        variation.first_sold_on,
        case when grid.is_all_time then variation.full_months end as full_months,
        case when grid.is_all_time and variation.full_months >= 6 then variation.units_variation end
            as units_variation,
        moments.as_of
    from grid
    inner join catalogue on grid.product_id = catalogue.product_id
    inner join sources on catalogue.source = sources.source
    left join periods
        on
            grid.product_id = periods.product_id
            and grid.is_all_time = periods.is_all_time
            and grid.quarter is not distinct from periods.quarter
    left join variation on grid.product_id = variation.product_id
    left join unpriced_sources on catalogue.source = unpriced_sources.source
    cross join moments
),

-- the grid has no gaps, so one row back is the previous quarter and four are the same quarter last year
compared as (
    select
        {% for column in [
            'product_id', 'quarter', 'is_all_time', 'is_product', 'category', 'revenue', 'is_complete',
            'complete_to_on'
        ] -%}
        filled.{{ column }},
        {% endfor -%}
        lag(filled.revenue, 1) over (
            partition by filled.product_id, filled.is_all_time
            order by filled.quarter asc nulls last
        ) as revenue_quarter_ago,
        lag(filled.revenue, 4) over (
            partition by filled.product_id, filled.is_all_time
            order by filled.quarter asc nulls last
        ) as revenue_year_ago,
        rank() over (partition by {{ period }} order by filled.revenue desc nulls last) as rank_overall,
        rank() over (partition by {{ period }}, filled.category order by filled.revenue desc nulls last)
            as rank_in_category,
        count(filled.revenue) over (partition by {{ period }}) as product_count,
        {{ statistics_abc('filled.revenue', 'filled.product_id', period) }} as abc_revenue,
        {{ statistics_abc('filled.margin', 'filled.product_id', period) }} as abc_margin
    from filled
),

grown as (
    select
        product_id,
        quarter,
        is_all_time,
        is_product,
        complete_to_on,
        revenue,
        rank_overall,
        rank_in_category,
        product_count,
        abc_revenue,
        abc_margin,
        case
            when is_complete and not is_all_time and revenue_quarter_ago > 0
                then {{ share('revenue', 'revenue_quarter_ago') }} - 1
        end as growth_previous_quarter,
        case
            when is_complete and not is_all_time and revenue_year_ago > 0
                then {{ share('revenue', 'revenue_year_ago') }} - 1
        end as growth_same_quarter_last_year
    from compared
),

-- what the verdict on all time takes for the direction: the last full quarter against the year before
latest as (
    select
        grown.product_id,
        grown.growth_same_quarter_last_year as growth
    from grown
    where grown.quarter = {{ add_to_date('month', -3, quarter_start('grown.complete_to_on')) }}
),

judged as (
    select
        grown.product_id,
        grown.quarter,
        grown.is_all_time,
        case when grown.is_product and grown.revenue is not null then grown.rank_overall end as rank_overall,
        case when grown.is_product and grown.revenue is not null then grown.rank_in_category end
            as rank_in_category,
        case when grown.is_product then grown.abc_revenue end as abc_revenue,
        case when grown.is_product then grown.abc_margin end as abc_margin,
        grown.growth_previous_quarter,
        grown.growth_same_quarter_last_year,
        grown.rank_overall > (1 - {{ var('product_worst_share') }}) * grown.product_count as is_at_bottom,
        case when grown.is_all_time then latest.growth else grown.growth_same_quarter_last_year end as growth
    from grown
    left join latest on grown.product_id = latest.product_id
),

final as (
    select
        filled.product_id,
        filled.quarter,
        filled.product_name,
        filled.category,
        filled.source,
        filled.is_complete,
        filled.units,
        filled.revenue,
        filled.margin,
        filled.orders,
        filled.customers,
        {{ share('filled.revenue', 'filled.units') }} as average_price,
        {{ share('filled.discount', 'filled.list_amount') }} as discount_share,
        filled.returned_units,
        filled.returned_revenue,
        cast(judged.rank_in_category as integer) as rank_in_category,
        cast(judged.rank_overall as integer) as rank_overall,
        judged.abc_revenue,
        judged.abc_margin,
        cast(filled.full_months as integer) as full_months,
        filled.units_variation,
        case
            when filled.units_variation <= 0.1 then 'X'
            when filled.units_variation <= 0.25 then 'Y'
            when filled.units_variation is not null then 'Z'
        end as xyz,
        judged.growth_previous_quarter,
        judged.growth_same_quarter_last_year,
        filled.offered_deals,
        filled.won_deals,
        {{ share('filled.won_deals', 'filled.offered_deals') }} as win_rate,
        case
            when not filled.is_product or filled.revenue is null then null
            when filled.first_sold_on > {{ add_to_date(
                'month', -1 * var('product_new_months'), 'filled.period_end'
            ) }} then 'too_new'
            when filled.revenue <= 0 then 'worst_seller'
            when judged.abc_revenue = 'C' and judged.is_at_bottom then 'worst_seller'
            when judged.growth <= -1 * {{ var('product_decline') }} then 'declining'
            when judged.abc_revenue = 'A' then 'best_seller'
            else 'steady'
        end as verdict,
        case
            when not coalesce(filled.has_lines, false) then 'no_order_lines'
            when filled.revenue is null then 'no_amounts'
            when filled.margin is null and filled.orders > 0 then 'no_cost'
        end as not_measurable,
        filled.as_of
    from filled
    inner join judged
        on
            filled.product_id = judged.product_id
            and filled.is_all_time = judged.is_all_time
            and filled.quarter is not distinct from judged.quarter
)

select * from final
