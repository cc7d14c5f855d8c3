with spend as (
    select
        region,
        channel,
        strategy,
        spent_quarter,
        amount
    from {{ ref('fct_marketing_spend') }}
),

deals as (
    select
        source,
        deal_id,
        customer_id,
        campaign_id,
        outcome,
        amount,
        region,
        {{ quarter_start('created_on') }} as created_quarter,
        closed_quarter
    from {{ ref('fct_deals') }}
),

lines as (
    select
        deal_id,
        amount
    from {{ ref('fct_order_lines') }}
    where
        is_sold
        and deal_id is not null
),

campaigns as (
    select
        campaign_id,
        channel,
        strategy
    from {{ ref('dim_campaigns') }}
),

sources as (
    select
        source,
        has_lines,
        as_of
    from {{ ref('dim_sources') }}
),

moments as (
    select max(as_of) as as_of
    from sources
),

deal_sales as (
    select
        deal_id,
        sum(amount) as amount
    from lines
    group by deal_id
),

-- a customer is won once: by the first won deal
labelled_deals as (
    select
        deals.deal_id,
        deals.outcome,
        deals.region,
        coalesce(campaigns.channel, '(unknown)') as channel,
        coalesce(campaigns.strategy, '(unknown)') as strategy,
        deals.created_quarter,
        deals.closed_quarter,
        case when sources.has_lines then coalesce(deal_sales.amount, 0) else deals.amount end as revenue,
        deals.customer_id is not null
        and deals.outcome = 'won'
        and row_number() over (
            partition by deals.customer_id, deals.outcome
            order by deals.closed_quarter asc nulls last, deals.deal_id asc
        ) = 1 as is_new_customer
    from deals
    left join campaigns on deals.campaign_id = campaigns.campaign_id
    left join deal_sales on deals.deal_id = deal_sales.deal_id
    left join sources on deals.source = sources.source
),

-- money spent, deals created and deals won, one below the other, each in its own quarter
events as (
    select
        region,
        channel,
        strategy,
        spent_quarter as quarter,
        amount as spend,
        0 as leads,
        0 as wins,
        0 as new_customers,
        cast(0 as decimal(18, 2)) as revenue
    from spend
    union all
    select
        region,
        channel,
        strategy,
        created_quarter as quarter,
        cast(null as decimal(18, 2)) as spend,
        1 as leads,
        0 as wins,
        0 as new_customers,
        cast(0 as decimal(18, 2)) as revenue
    from labelled_deals
    union all
    select
        region,
        channel,
        strategy,
        closed_quarter as quarter,
        cast(null as decimal(18, 2)) as spend,
        0 as leads,
        1 as wins,
        case when is_new_customer then 1 else 0 end as new_customers,
        cast(coalesce(revenue, 0) as decimal(18, 2)) as revenue
    from labelled_deals
    where outcome = 'won'
),

measured as (
    select
        region,
        channel,
        strategy,
        case when grouping(quarter) = 0 then quarter end as quarter,
        grouping(quarter) = 1 as is_all_time,
        sum(spend) as spend,
        sum(leads) as leads,
        sum(wins) as wins,
        sum(new_customers) as new_customers,
        sum(revenue) as revenue,
        case when sum(spend) > 0 then sum(spend) else 0 end as paid_spend,
        case when sum(spend) > 0 then sum(revenue) else 0 end as paid_revenue
    from events
    group by grouping sets ((region, channel, strategy, quarter), (region, channel, strategy))
    having
        grouping(quarter) = 1
        or quarter is not null
),

-- revenue of cells without spend stays out of "elsewhere": it says nothing about what the money brings
compared as (
    select
        region,
        channel,
        strategy,
        quarter,
        spend,
        leads,
        wins,
        new_customers,
        revenue,
        sum(spend) over (partition by region, quarter, is_all_time) as region_spend,
        sum(paid_spend) over (partition by strategy, quarter, is_all_time)
        - sum(paid_spend) over (partition by strategy, region, quarter, is_all_time) as spend_elsewhere,
        sum(paid_revenue) over (partition by strategy, quarter, is_all_time)
        - sum(paid_revenue) over (partition by strategy, region, quarter, is_all_time) as revenue_elsewhere
    from measured
),

final as (
    select
        compared.region,
        compared.channel,
        compared.strategy,
        compared.quarter,
        cast(compared.spend as decimal(18, 2)) as spend,
        cast(compared.leads as bigint) as leads,
        cast(compared.wins as bigint) as wins,
        cast(compared.new_customers as bigint) as new_customers,
        cast(compared.revenue as decimal(18, 2)) as revenue,
        {{ share('compared.spend', 'compared.leads') }} as cost_per_lead,
        {{ share('compared.spend', 'compared.new_customers') }} as cac,
        {{ share('compared.revenue - compared.spend', 'compared.spend') }} as romi,
        {{ share('compared.spend', 'compared.region_spend') }} as region_spend_share,
        cast(compared.spend_elsewhere as decimal(18, 2)) as spend_elsewhere,
        {{ share('compared.revenue_elsewhere - compared.spend_elsewhere', 'compared.spend_elsewhere') }}
            as strategy_romi_elsewhere,
        moments.as_of
    from compared
    cross join moments
)

select * from final
