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

-- The first rule that holds decides; what is not known (null) does not hold.
decided as (
    select
        *,
        case
            when quarters < {{ var('region_verdict_quarters') }} then 'short_history'
            when greatest(orders, orders_year_before) < {{ var('region_min_orders') }} then 'few_orders'
            when margin_after_marketing - all_weak_effects < 0 and growth <= 0 then 'loses_money'
            when revenue < {{ var('region_hardly_sells') }} * base_revenue and growth <= 0 then 'hardly_sells'
            when weak_driver = 'price' then 'weak_price'
            when weak_driver = 'win_rate' then 'weak_win_rate'
            when weak_driver is not null then 'weak_bill'
            when margin_after_marketing < 0 then 'negative_margin'
            when growth <= -{{ var('region_growth') }} and growth_z < -{{ z_95() }} then 'shrinking'
            when romi < 0 then 'marketing_does_not_pay'
            when growth >= {{ var('region_growth') }} and growth_z > {{ z_95() }} then 'growing'
            when leads_index < {{ var('region_few_leads') }} then 'few_leads'
            else 'as_elsewhere'
        end as reason
    from evidence
),

worded as (
    select
        *,
        concat(
            'revenue ', {{ evidence_change('growth') }}, ' in a year',
            case when growth_elsewhere is null then '' else ', elsewhere ' end,
            case when growth_elsewhere is null then '' else {{ evidence_change('growth_elsewhere') }} end
        ) as growth_text,
        concat('margin less marketing is ', {{ evidence_number('margin_after_marketing') }}) as margin_text,
        concat(
            ', which costs ', {{ evidence_number('-weak_effect') }}, ', ',
            {{ evidence_percent('-weak_effect / base_revenue') }}, ' of the average region''s revenue'
        ) as cost_text
    from decided
),

final as (
    select
        worded.region,
        case
            when worded.reason in ('short_history', 'few_orders') then 'not_enough_data'
            when worded.reason in ('loses_money', 'hardly_sells') then 'close_candidate'
            when worded.reason in ('growing', 'few_leads') then 'grow'
            when worded.reason = 'as_elsewhere' then 'keep'
            else 'change_approach'
        end as verdict,
        worded.reason,
        case worded.reason
            when 'short_history'
                then
                    concat(
                        {{ evidence_number('worded.quarters') }}, ' complete quarters, ',
                        '{{ var("region_verdict_quarters") }} are needed'
                    )
            when 'few_orders'
                then
                    concat(
                        {{ evidence_number('worded.orders') }}, ' orders in ',
                        '{{ var("region_verdict_quarters") }} quarters, ',
                        '{{ var("region_min_orders") }} are needed'
                    )
            when 'loses_money'
                then
                    concat(
                        worded.margin_text, ', and ',
                        {{ evidence_number('worded.margin_after_marketing - worded.all_weak_effects') }},
                        ' even if it sold as the others do; ', worded.growth_text
                    )
            when 'hardly_sells'
                then
                    concat(
                        'revenue is ', {{ evidence_percent('worded.revenue / worded.base_revenue') }},
                        ' of the average region''s; ', worded.growth_text
                    )
            when 'weak_price'
                then
                    concat(
                        'the same products sell for ', {{ evidence_number('worded.price_index', 2) }},
                        ' of the price elsewhere', worded.cost_text
                    )
            when 'weak_win_rate'
                then
                    concat(
                        'wins ', {{ evidence_percent('worded.win_rate') }}, ' of closed deals, elsewhere ',
                        {{ evidence_percent('worded.base_win_rate') }}, worded.cost_text
                    )
            when 'weak_bill'
                then
                    concat(
                        'average bill ', {{ evidence_number('worded.bill') }}, ', elsewhere ',
                        {{ evidence_number('worded.base_bill') }}, ', because of ', worded.weak_driver,
                        worded.cost_text
                    )
            when 'negative_margin' then worded.margin_text
            when 'marketing_does_not_pay'
                then
                    concat(
                        'deals from marketing brought ', {{ evidence_percent('1 + worded.romi') }},
                        ' of what it cost'
                    )
            when 'few_leads'
                then
                    concat(
                        'has ', {{ evidence_percent('worded.leads_index') }}, ' of the leads elsewhere ',
                        case when worded.leads_per_1000 is null then 'per region' else 'per inhabitant' end,
                        ' and sells no worse to them'
                    )
            when 'as_elsewhere'
                then
                    concat(
                        'nothing differs enough and surely enough to act on',
                        case when worded.growth is null then '' else '; ' end,
                        case when worded.growth is null then '' else worded.growth_text end
                    )
            else worded.growth_text
        end as evidence,
        windows.from_quarter,
        windows.to_quarter,
        worded.orders,
        worded.leads,
        worded.closed_deals,
        cast(worded.revenue as decimal(18, 2)) as revenue,
        cast(worded.base_revenue as decimal(18, 2)) as average_revenue_elsewhere,
        worded.growth,
        worded.growth_elsewhere,
        {{ rounded('worded.growth_z') }} as growth_z,
        worded.leads_per_1000,
        worded.leads_per_1000_elsewhere,
        worded.leads_index,
        worded.win_rate,
        {{ wilson_low('worded.won_deals', 'worded.closed_deals') }} as win_rate_low,
        {{ wilson_high('worded.won_deals', 'worded.closed_deals') }} as win_rate_high,
        worded.base_win_rate as win_rate_elsewhere,
        worded.bill as average_bill,
        worded.base_bill as average_bill_elsewhere,
        {{ rounded('worded.price_index') }} as price_index,
        {{ rounded('worded.price_index_low') }} as price_index_low,
        {{ rounded('worded.price_index_high') }} as price_index_high,
        cast(worded.spend as decimal(18, 2)) as spend,
        worded.romi,
        cast(worded.margin_after_marketing as decimal(18, 2)) as margin_after_marketing,
        worded.largest_negative_driver,
        cast(worded.largest_negative_effect as decimal(18, 2)) as largest_negative_effect,
        worded.weak_driver,
        worded.best_strategy,
        worded.best_strategy_romi,
        worded.best_strategy_romi_here,
        worded.best_strategy_romi_elsewhere,
        worded.best_strategy_measured,
        nullif(
            substring(
                concat(
                    case when worded.growth is null then ', no_year_before' else '' end,
                    case when worded.base_revenue is null then ', no_other_regions' else '' end,
                    case when worded.margin_after_marketing is null then ', no_costs' else '' end,
                    case when worded.spend is null then ', no_spend' else '' end
                ),
                3
            ),
            ''
        ) as not_measurable,
        moments.as_of
    from worded
    cross join windows
    cross join moments
)

select * from final
