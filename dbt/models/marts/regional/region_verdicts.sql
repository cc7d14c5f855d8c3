{#
    One rule per reason, the first that holds decides: verdict, reason, condition, evidence. What a rule cannot
    know (null) does not hold.
#}
{%- set quarters = var('region_verdict_quarters') -%}
{%- set growth_text = "concat('revenue ', " ~ evidence_change('growth')
    ~ ", ' in a year', case when growth_elsewhere is not null then concat(', elsewhere ', "
    ~ evidence_change('growth_elsewhere') ~ ") else '' end)" -%}
{%- set effect_text = "concat(', which costs ', " ~ evidence_number('-weak_effect') ~ ", ', '"
    ~ ", " ~ evidence_percent('-weak_effect / base_revenue') ~ ", ' of the average region''s revenue')" -%}
{%- set margin_text = "concat('margin less marketing is ', " ~ evidence_number('margin_after_marketing') ~ ")" -%}
{%- set rules = [
    ('not_enough_data', 'short_history', 'quarters < ' ~ quarters,
        "concat(" ~ evidence_number('quarters') ~ ", ' complete quarters, " ~ quarters ~ " are needed')"),
    ('not_enough_data', 'few_orders',
        'greatest(orders, orders_year_before) < ' ~ var('region_min_orders'),
        "concat(" ~ evidence_number('orders') ~ ", ' orders in " ~ quarters ~ " quarters, "
        ~ var('region_min_orders') ~ " are needed')"),
    ('close_candidate', 'loses_money',
        'margin_after_marketing - all_weak_effects < 0 and growth <= 0',
        "concat(" ~ margin_text ~ ", ', and ', " ~ evidence_number('margin_after_marketing - all_weak_effects')
        ~ ", ' even if it sold as the others do; ', " ~ growth_text ~ ")"),
    ('close_candidate', 'hardly_sells',
        'revenue < ' ~ var('region_hardly_sells') ~ ' * base_revenue and growth <= 0',
        "concat('revenue is ', " ~ evidence_percent('revenue / base_revenue')
        ~ ", ' of the average region''s; ', " ~ growth_text ~ ")"),
    ('change_approach', 'weak_price', "weak_driver = 'price'",
        "concat('the same products sell for ', " ~ evidence_number('price_index', 2)
        ~ ", ' of the price elsewhere', " ~ effect_text ~ ")"),
    ('change_approach', 'weak_win_rate', "weak_driver = 'win_rate'",
        "concat('wins ', " ~ evidence_percent('win_rate') ~ ", ' of closed deals, elsewhere ', "
        ~ evidence_percent('base_win_rate') ~ ", " ~ effect_text ~ ")"),
    ('change_approach', 'weak_bill', "weak_driver in ('volume', 'mix', 'lost_products')",
        "concat('average bill ', " ~ evidence_number('bill') ~ ", ', elsewhere ', " ~ evidence_number('base_bill')
        ~ ", ', because of ', weak_driver, " ~ effect_text ~ ")"),
    ('change_approach', 'loses_money', 'margin_after_marketing < 0',
        "concat(" ~ margin_text ~ ", '; ', " ~ growth_text ~ ")"),
    ('change_approach', 'shrinking',
        'growth <= -' ~ var('region_growth') ~ ' and growth_z < -' ~ z_95(), growth_text),
    ('change_approach', 'marketing_does_not_pay', 'romi < 0',
        "concat('deals from marketing brought ', " ~ evidence_percent('1 + romi') ~ ", ' of what it cost')"),
    ('grow', 'growing',
        'growth >= ' ~ var('region_growth') ~ ' and growth_z > ' ~ z_95(), growth_text),
    ('grow', 'few_leads', 'leads_index < ' ~ var('region_few_leads'),
        "concat('has ', " ~ evidence_percent('leads_index')
        ~ ", ' of the leads elsewhere', case when leads_per_1000 is not null and leads_per_1000_elsewhere is not null"
        ~ " then ' per inhabitant' else ' per region' end, ' and sells no worse to them')"),
    ('keep', 'as_elsewhere', 'true',
        "concat('nothing differs enough and surely enough to act on', case when growth is not null then concat('; ', "
        ~ growth_text ~ ") else '' end)"),
] -%}
with

growth as (
    select * from {{ ref('region_growth') }}
),

gaps as (
    select * from {{ ref('region_gaps') }}
),

money as (
    select * from {{ ref('region_money') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

periods as (
    select * from {{ ref('region_periods') }}
    where kind = 'recent'
),

moments as (
    select max(as_of) as as_of
    from sources
),

windows as (
    select
        min(quarter) as from_quarter,
        max(quarter) as to_quarter
    from periods
),

evidence as (
    select
        growth.region,
        growth.quarters,
        growth.orders,
        growth.orders_year_before,
        growth.leads,
        cast(growth.revenue as double) as revenue,
        growth.growth,
        growth.growth_elsewhere,
        growth.growth_z,
        growth.leads_per_1000,
        growth.leads_per_1000_elsewhere,
        growth.leads_index,
        cast(gaps.base_revenue as double) as base_revenue,
        gaps.closed_deals,
        gaps.won_deals,
        gaps.win_rate,
        gaps.base_win_rate,
        gaps.bill,
        gaps.base_bill,
        gaps.price_index,
        gaps.price_index_low,
        gaps.price_index_high,
        gaps.largest_negative_driver,
        gaps.largest_negative_effect,
        gaps.weak_driver,
        gaps.weak_effect,
        coalesce(gaps.all_weak_effects, 0) as all_weak_effects,
        money.spend,
        money.romi,
        money.margin_after_marketing,
        money.best_strategy,
        money.best_strategy_romi,
        money.best_strategy_romi_here,
        money.best_strategy_romi_elsewhere,
        money.best_strategy_measured
    from growth
    left join gaps
        on growth.region = gaps.region
    left join money
        on growth.region = money.region
),

decided as (
    select
        *,
        case
            {% for verdict, reason, condition, text in rules -%}
            when {{ condition }} then {{ loop.index }}
            {% endfor %}
        end as rule
    from evidence
),

final as (
    select
        decided.region,
        case decided.rule
            {% for verdict, reason, condition, text in rules -%}
            when {{ loop.index }} then '{{ verdict }}'
            {% endfor %}
        end as verdict,
        case decided.rule
            {% for verdict, reason, condition, text in rules -%}
            when {{ loop.index }} then '{{ reason }}'
            {% endfor %}
        end as reason,
        case decided.rule
            {% for verdict, reason, condition, text in rules -%}
            when {{ loop.index }} then {{ text }}
            {% endfor %}
        end as evidence,
        windows.from_quarter,
        windows.to_quarter,
        decided.orders,
        decided.leads,
        decided.closed_deals,
        cast(decided.revenue as decimal(18, 2)) as revenue,
        cast(decided.base_revenue as decimal(18, 2)) as average_revenue_elsewhere,
        decided.growth,
        decided.growth_elsewhere,
        decided.growth_z,
        decided.leads_per_1000,
        decided.leads_per_1000_elsewhere,
        decided.leads_index,
        decided.win_rate,
        {{ wilson_low('decided.won_deals', 'decided.closed_deals') }} as win_rate_low,
        {{ wilson_high('decided.won_deals', 'decided.closed_deals') }} as win_rate_high,
        decided.base_win_rate as win_rate_elsewhere,
        decided.bill as average_bill,
        decided.base_bill as average_bill_elsewhere,
        decided.price_index,
        decided.price_index_low,
        decided.price_index_high,
        cast(decided.spend as decimal(18, 2)) as spend,
        decided.romi,
        cast(decided.margin_after_marketing as decimal(18, 2)) as margin_after_marketing,
        decided.largest_negative_driver,
        cast(decided.largest_negative_effect as decimal(18, 2)) as largest_negative_effect,
        decided.weak_driver,
        decided.best_strategy,
        decided.best_strategy_romi,
        decided.best_strategy_romi_here,
        decided.best_strategy_romi_elsewhere,
        decided.best_strategy_measured,
        nullif(
            substring(
                concat(
                    case when decided.growth is null then ', no_year_before' else '' end,
                    case when decided.base_revenue is null then ', no_other_regions' else '' end,
                    case when decided.margin_after_marketing is null then ', no_costs' else '' end,
                    case when decided.spend is null then ', no_spend' else '' end
                ),
                3
            ),
            ''
        ) as not_measurable,
        moments.as_of
    from decided
    cross join windows
    cross join moments
)

select * from final
