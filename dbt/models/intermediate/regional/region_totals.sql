{%- set counts = ['leads', 'closed_deals', 'won_deals', 'orders', 'sold_deals'] -%}
{%- set amounts = ['product_revenue', 'revenue', 'costed_revenue', 'cost'] -%}
with

region_quarters as (
    select * from {{ ref('region_quarters') }}
),

periods as (
    select * from {{ ref('region_periods') }}
),

regions as (
    select
        region,
        min(quarter) as first_quarter
    from region_quarters
    group by region
),

-- Every region in every period from its first quarter on, also where nothing happened in it.
grid as (
    select
        regions.region,
        periods.period,
        periods.kind,
        min(periods.quarter) as starts_on,
        count(periods.quarter) as quarters,
        min(case when periods.is_complete then 1 else 0 end) = 1 as is_complete
    from regions
    inner join periods
        on
            regions.first_quarter <= periods.quarter
            or periods.kind = 'all_time'
    group by
        regions.region,
        periods.period,
        periods.kind
),

totals as (
    select
        region_quarters.region,
        periods.period,
        {% for measure in counts + amounts + ['units'] -%}
        sum(region_quarters.{{ measure }}) as {{ measure }},
        {% endfor -%}
        sum(region_quarters.squared_bills) as squared_bills
    from region_quarters
    inner join periods
        on region_quarters.quarter is not distinct from periods.quarter
    group by
        region_quarters.region,
        periods.period
),

final as (
    select
        grid.region,
        grid.period,
        grid.kind,
        case when grid.kind = 'quarter' then grid.starts_on end as quarter,
        grid.is_complete,
        cast(grid.quarters as integer) as quarters,
        {% for measure in counts -%}
        cast(coalesce(totals.{{ measure }}, 0) as bigint) as {{ measure }},
        {% endfor -%}
        {% for measure in amounts -%}
        cast(coalesce(totals.{{ measure }}, 0) as decimal(38, 2)) as {{ measure }},
        {% endfor -%}
        cast(coalesce(totals.units, 0) as decimal(38, 3)) as units,
        coalesce(totals.squared_bills, 0) as squared_bills
    from grid
    left join totals
        on
            grid.region = totals.region
            and grid.period = totals.period
)

select * from final
