with periods as (
    select
        level,
        country,
        region,
        city,
        quarter,
        is_all_time,
        leads,
        closed_deals,
        won_deals,
        orders,
        customers,
        new_customers,
        revenue,
        cycle_days
    from {{ ref('place_periods') }}
),

sources as (
    select
        complete_to,
        as_of
    from {{ ref('dim_sources') }}
),

inhabitants as (
    select
        country,
        region,
        population
    from {{ ref('dim_regions') }}
),

moments as (
    select
        max(as_of) as as_of,
        {{ reporting_day('max(as_of)') }} as as_of_on,
        {{ reporting_day('max(complete_to)') }} as last_on
    from sources
),

bounds as (
    select max(quarter) as last_quarter
    from periods
),

places as (
    select
        level,
        country,
        region,
        city,
        min(quarter) as first_quarter
    from periods
    group by
        level,
        country,
        region,
        city
),

-- every quarter from a place's first one to the last that any source has, also those without a deal, and a
-- row for all time
grid as (
    select
        places.level,
        places.country,
        places.region,
        places.city,
        {{ add_to_date('month', '3 * numbers.n', 'places.first_quarter') }} as quarter,
        false as is_all_time
    from places
    cross join moments
    cross join bounds
    inner join {{ numbers_of_quarters() }}
        on numbers.n <= {{ quarters_between(
            'places.first_quarter', 'greatest(moments.last_on, bounds.last_quarter)'
        ) }}
    union all
    select
        level,
        country,
        region,
        city,
        cast(null as date) as quarter,
        true as is_all_time
    from places
),

{%- set counts = ['leads', 'closed_deals', 'won_deals', 'orders', 'customers', 'new_customers'] %}

filled as (
    select
        grid.level,
        grid.country,
        grid.region,
        grid.city,
        grid.quarter,
        grid.is_all_time,
        coalesce({{ add_to_date('month', 3, 'grid.quarter') }} <= moments.as_of_on, true) as is_complete,
        {% for column in counts -%}
        coalesce(periods.{{ column }}, 0) as {{ column }},
        {% endfor -%}
        cast(case when periods.level is null then 0 else periods.revenue end as decimal(18, 2)) as revenue,
        periods.cycle_days,
        moments.as_of
    from grid
    left join periods
        on
            {{ same_geo('grid', 'periods') }}
            and grid.is_all_time = periods.is_all_time
            and grid.quarter is not distinct from periods.quarter
    cross join moments
),

-- the grid has no gaps, so one row back is the previous quarter and four are the same quarter last year
compared as (
    select
        level,
        country,
        region,
        city,
        quarter,
        is_complete,
        {% for column in counts -%}
        {{ column }},
        {% endfor -%}
        revenue,
        cycle_days,
        as_of,
        is_complete and not is_all_time as is_comparable,
        lag(revenue, 1) over (
            partition by level, country, region, city, is_all_time
            order by quarter asc nulls last
        ) as revenue_quarter_ago,
        lag(revenue, 4) over (
            partition by level, country, region, city, is_all_time
            order by quarter asc nulls last
        ) as revenue_year_ago,
        sum(revenue) over (partition by level, quarter, is_all_time) as company_revenue
    from filled
),

final as (
    select
        compared.level,
        compared.country,
        compared.region,
        compared.city,
        compared.quarter,
        compared.is_complete,
        compared.leads,
        compared.closed_deals,
        compared.won_deals,
        {{ share('compared.won_deals', 'compared.closed_deals') }} as win_rate,
        {{ wilson_low('compared.won_deals', 'compared.closed_deals') }} as win_rate_low,
        {{ wilson_high('compared.won_deals', 'compared.closed_deals') }} as win_rate_high,
        compared.orders,
        compared.customers,
        compared.new_customers,
        compared.revenue,
        {{ share('compared.revenue', 'compared.orders') }} as average_bill,
        compared.cycle_days,
        case
            when compared.is_comparable and compared.revenue_quarter_ago > 0
                then {{ share('compared.revenue', 'compared.revenue_quarter_ago') }} - 1
        end as growth_previous_quarter,
        case
            when compared.is_comparable and compared.revenue_year_ago > 0
                then {{ share('compared.revenue', 'compared.revenue_year_ago') }} - 1
        end as growth_same_quarter_last_year,
        {{ share('compared.revenue', 'compared.company_revenue') }} as revenue_share,
        inhabitants.population,
        {{ share('1000 * compared.revenue', 'inhabitants.population') }} as revenue_per_1000_inhabitants,
        case when compared.revenue is null then 'no_amounts' end as not_measurable,
        compared.as_of
    from compared
    left join inhabitants
        on
            compared.level = 'region'
            and compared.country = inhabitants.country
            and compared.region = inhabitants.region
)

select * from final
