with

totals as (
    select * from {{ ref('region_totals') }}
    where kind = 'recent'
),

strategies as (
    select * from {{ ref('region_strategies') }}
),

marketing_spend as (
    select * from {{ ref('fct_marketing_spend') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

periods as (
    select * from {{ ref('region_periods') }}
    where kind = 'recent'
),

capabilities as (
    select max(case when has_spend then 1 else 0 end) = 1 as has_spend
    from sources
),

spend as (
    select
        marketing_spend.region,
        sum(marketing_spend.amount) as spend
    from marketing_spend
    inner join periods
        on marketing_spend.spent_quarter = periods.quarter
    group by marketing_spend.region
),

paid_sales as (
    select
        region,
        sum(spend) as spend,
        sum(revenue) as revenue
    from strategies
    group by region
),

-- What a strategy returned in the region itself counts; the other regions speak only where it has not been tried.
returns as (
    select
        region,
        strategy,
        case
            when spend > 0 and leads >= {{ var('region_strategy_min_leads') }} then 'here'
            when spend_elsewhere > 0 and leads_elsewhere >= {{ var('region_strategy_min_leads') }} then 'elsewhere'
        end as measured_where,
        {{ share('revenue - spend', 'spend') }} as romi,
        {{ share('revenue_elsewhere - spend_elsewhere', 'spend_elsewhere') }} as romi_elsewhere
    from strategies
),

best_strategies as (
    select
        region,
        strategy,
        measured_where,
        case measured_where when 'here' then romi else romi_elsewhere end as romi,
        row_number() over (
            partition by region
            order by case measured_where when 'here' then romi else romi_elsewhere end desc nulls last, strategy
        ) as place
    from returns
    where measured_where is not null
),

final as (
    select
        totals.region,
        case when capabilities.has_spend then coalesce(spend.spend, 0) end as spend,
        {{ share('paid_sales.revenue - paid_sales.spend', 'paid_sales.spend') }} as romi,
        case
            when totals.costed_revenue >= {{ var('region_costed_share') }} * totals.revenue
                then
                    cast(totals.revenue as double)
                    * (1 - {{ share('totals.cost', 'totals.costed_revenue') }})
                    - coalesce(spend.spend, 0)
        end as margin_after_marketing,
        best_strategies.strategy as best_strategy,
        best_strategies.romi as best_strategy_romi,
        best_strategies.measured_where as best_strategy_measured
    from totals
    cross join capabilities
    left join spend
        on totals.region = spend.region
    left join paid_sales
        on totals.region = paid_sales.region
    left join best_strategies
        on
            totals.region = best_strategies.region
            and best_strategies.place = 1
    where totals.region <> '(unknown)'
)

select * from final
