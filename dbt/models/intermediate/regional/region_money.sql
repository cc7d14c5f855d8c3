{%- set prior_leads = var('region_strategy_prior_leads') -%}
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

-- Returns of a few deals are mostly chance, and the best of many is chance at its best: a strategy's return
-- here is taken together with some leads' worth of what it returned elsewhere.
returns as (
    select
        region,
        strategy,
        leads,
        {{ share('revenue - spend', 'spend') }} as romi_here,
        {{ share('revenue_elsewhere - spend_elsewhere', 'spend_elsewhere') }} as romi_elsewhere,
        coalesce({{ prior_leads }} * {{ share('revenue_elsewhere', 'leads_elsewhere') }}, 0) + revenue
            as expected_revenue,
        coalesce({{ prior_leads }} * {{ share('spend_elsewhere', 'leads_elsewhere') }}, 0) + spend
            as expected_spend
    from strategies
    where leads + leads_elsewhere >= {{ var('region_strategy_min_leads') }}
),

best_strategies as (
    select
        region,
        strategy,
        romi_here,
        romi_elsewhere,
        {{ share('expected_revenue - expected_spend', 'expected_spend') }} as romi,
        case when leads >= {{ prior_leads }} or romi_elsewhere is null then 'here' else 'elsewhere' end
            as measured_where,
        row_number() over (
            partition by region
            order by {{ share('expected_revenue', 'expected_spend') }} desc nulls last, strategy
        ) as place
    from returns
    where expected_spend > 0
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
        best_strategies.romi_here as best_strategy_romi_here,
        best_strategies.romi_elsewhere as best_strategy_romi_elsewhere,
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
