with deals as (
    select
        source,
        deal_id,
        customer_id,
        outcome,
        amount,
        created_at,
        closed_at,
        {{ quarter_start('created_on') }} as created_quarter,
        closed_quarter,
        country,
        region,
        city
    from {{ ref('fct_deals') }}
),

lines as (
    select
        source,
        order_id,
        customer_id,
        amount,
        ordered_on,
        ordered_quarter,
        country,
        region,
        city
    from {{ ref('fct_order_lines') }}
    where is_sold
),

sources as (
    select
        source,
        has_lines,
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
        {{ reporting_day('max(as_of)') }} as as_of_on
    from sources
),

-- what was sold: order lines, or the amounts of won deals where the source has no lines
sales as (
    select
        order_id,
        customer_id,
        amount,
        ordered_quarter as quarter,
        country,
        region,
        city
    from lines
    union all
    select
        deals.deal_id as order_id,
        deals.customer_id,
        deals.amount,
        deals.closed_quarter as quarter,
        deals.country,
        deals.region,
        deals.city
    from deals
    inner join sources on deals.source = sources.source
    where
        deals.outcome = 'won'
        and not sources.has_lines
),

-- one row per order first, with the quarter of its customer's first order
orders as (
    select
        order_id,
        customer_id,
        country,
        region,
        city,
        quarter,
        sum(amount) as amount
    from sales
    group by
        order_id,
        customer_id,
        country,
        region,
        city,
        quarter
),

first_orders as (
    select
        customer_id,
        min(quarter) as first_quarter
    from orders
    where customer_id is not null
    group by customer_id
),

dated_orders as (
    select
        orders.order_id,
        orders.customer_id,
        case when orders.quarter = first_orders.first_quarter then orders.customer_id end as new_customer_id,
        orders.country,
        orders.region,
        orders.city,
        orders.quarter,
        orders.amount
    from orders
    left join first_orders on orders.customer_id = first_orders.customer_id
),

sold as (
    select
        {{ geo_level_columns('quarter') }},
        count(distinct order_id) as orders,
        count(distinct customer_id) as customers,
        count(distinct new_customer_id) as new_customers,
        sum(amount) as revenue
    from dated_orders
    {{ geo_levels('quarter') }}
),

created as (
    select
        {{ geo_level_columns('created_quarter') }},
        count(*) as leads
    from deals
    {{ geo_levels('created_quarter') }}
),

closed_deals as (
    select
        country,
        region,
        city,
        closed_quarter,
        outcome,
        case when outcome = 'won' then {{ days_between('created_at', 'closed_at') }} end as won_days
    from deals
    where outcome in ('won', 'lost')
),

closed as (
    select
        {{ geo_level_columns('closed_quarter') }},
        count(*) as closed_deals,
        count(*) filter (where outcome = 'won') as won_deals,
        {{ percentile(0.5, 'won_days') }} as cycle_days
    from closed_deals
    {{ geo_levels('closed_quarter') }}
),

places as (
    select
        level,
        country,
        region,
        city,
        min(quarter) as first_quarter
    from (
        {% for table in ['sold', 'created', 'closed'] -%}
        select
            level,
            country,
            region,
            city,
            quarter
        from {{ table }}
        {% if not loop.last %}union all
        {% endif -%}
        {% endfor %}
    ) as periods
    group by
        level,
        country,
        region,
        city
),

-- every quarter from a place's first one to now, also those without a deal, and a row for all time
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
    cross join {{ numbers(400) }}
    where {{ add_to_date('month', '3 * numbers.n', 'places.first_quarter') }} <= moments.as_of_on
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

filled as (
    select
        grid.level,
        grid.country,
        grid.region,
        grid.city,
        grid.quarter,
        grid.is_all_time,
        coalesce({{ add_to_date('month', 3, 'grid.quarter') }} <= moments.as_of_on, true) as is_complete,
        coalesce(created.leads, 0) as leads,
        coalesce(closed.closed_deals, 0) as closed_deals,
        coalesce(closed.won_deals, 0) as won_deals,
        coalesce(sold.orders, 0) as orders,
        coalesce(sold.customers, 0) as customers,
        coalesce(sold.new_customers, 0) as new_customers,
        cast(coalesce(sold.revenue, 0) as decimal(18, 2)) as revenue,
        closed.cycle_days,
        moments.as_of
    from grid
    {% for table in ['created', 'closed', 'sold'] -%}
    left join {{ table }}
        on
            {{ same_geo('grid', table) }}
            and grid.is_all_time = {{ table }}.is_all_time
            and grid.quarter is not distinct from {{ table }}.quarter
    {% endfor -%}
    cross join moments
),

-- the grid has no gaps, so one row back is the previous quarter and four are the same quarter last year
compared as (
    select
        {% for column in [
            'level', 'country', 'region', 'city', 'quarter', 'is_complete', 'leads', 'closed_deals',
            'won_deals', 'orders', 'customers', 'new_customers', 'revenue', 'cycle_days', 'as_of'
        ] -%}
        {{ column }},
        {% endfor -%}
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
        compared.as_of
    from compared
    left join inhabitants
        on
            compared.level = 'region'
            and compared.country = inhabitants.country
            and compared.region = inhabitants.region
)

select * from final
