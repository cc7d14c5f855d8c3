{%- set measures = [
    'leads', 'closed_deals', 'won_deals', 'orders', 'sold_deals', 'units', 'product_revenue', 'revenue',
    'squared_bills'
] -%}
with

totals as (
    select * from {{ ref('region_totals') }}
),

known_regions as (
    select * from totals
    where region <> '(unknown)'
),

-- The average of the other known regions in the same period.
others as (
    select
        region,
        period,
        {% for measure in measures -%}
        sum({{ measure }}) over (partition by period) - {{ measure }} as {{ measure }},
        {% endfor -%}
        count(*) over (partition by period) - 1 as other_regions
    from known_regions
),

comparisons as (
    select
        current_side.region,
        current_side.period,
        current_side.kind,
        current_side.quarter,
        'rest_of_company' as comparison,
        {% for measure in measures -%}
        current_side.{{ measure }},
        cast(others.{{ measure }} as double) / others.other_regions as base_{{ measure }},
        {% endfor -%}
        others.period as base_period,
        others.other_regions
    from known_regions as current_side
    inner join others
        on
            current_side.region = others.region
            and current_side.period = others.period
    where
        others.other_regions > 0
        and current_side.kind in ('quarter', 'all_time', 'recent')
    {% for comparison, months in [('previous_quarter', -3), ('same_quarter_last_year', -12)] -%}
    union all
    select
        current_side.region,
        current_side.period,
        current_side.kind,
        current_side.quarter,
        '{{ comparison }}' as comparison,
        {% for measure in measures -%}
        current_side.{{ measure }},
        cast(base_side.{{ measure }} as double) as base_{{ measure }},
        {% endfor -%}
        base_side.period as base_period,
        cast(null as bigint) as other_regions
    from totals as current_side
    inner join totals as base_side
        on
            current_side.region = base_side.region
            and {{ add_to_date('month', months, 'current_side.quarter') }} = base_side.quarter
    where current_side.is_complete
    {% endfor %}
),

final as (
    select
        region,
        period,
        kind,
        quarter,
        comparison,
        base_period,
        cast(other_regions as bigint) as other_regions,
        {% for measure in measures -%}
        cast({{ measure }} as double) as {{ measure }},
        base_{{ measure }},
        {% endfor -%}
        cast(revenue as decimal(18, 2)) as exact_revenue,
        cast(base_revenue as decimal(18, 2)) as exact_base_revenue
    from comparisons
)

select * from final
