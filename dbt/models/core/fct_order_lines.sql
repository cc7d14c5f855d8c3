with

order_lines as (
    select * from {{ ref('crm_order_lines') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

products as (
    select * from {{ ref('dim_products') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

rates as (
    select * from {{ ref('dim_currency_rates') }}
),

joined as (
    select
        order_lines.source,
        order_lines.order_id,
        order_lines.line_id,
        order_lines.deal_id,
        coalesce(order_lines.customer_id, deals.customer_id) as customer_id,
        order_lines.product_id,
        deals.manager_id,
        coalesce(customers.region, deals.region, '(unknown)') as region,
        coalesce(customers.city, deals.city, '(unknown)') as city,
        coalesce(customers.country, deals.country, '(unknown)') as country,
        order_lines.quantity,
        order_lines.unit_price,
        cast(order_lines.quantity as double) * order_lines.unit_price as list_amount,
        coalesce(order_lines.discount, 0) as discount,
        order_lines.amount,
        cast(order_lines.quantity as double) * products.unit_cost as cost,
        order_lines.currency,
        coalesce(order_lines.ordered_at, deals.closed_at) as ordered_at,
        coalesce(order_lines.is_return, false) as is_return,
        deals.outcome,
        sources.complete_to,
        sources.complete_to + interval '1' day as latest_possible_at
    from order_lines
    left join deals
        on order_lines.deal_id = deals.deal_id
    left join customers
        on order_lines.customer_id = customers.customer_id
    left join products
        on order_lines.product_id = products.product_id
    left join sources
        on order_lines.source = sources.source
),

dated as (
    select
        *,
        case
            when ordered_at <= latest_possible_at then {{ reporting_day('ordered_at') }}
        end as ordered_on
    from joined
),

final as (
    select
        dated.source,
        dated.order_id,
        dated.line_id,
        dated.deal_id,
        dated.customer_id,
        dated.product_id,
        dated.manager_id,
        dated.region,
        dated.city,
        dated.country,
        dated.quantity,
        {{ to_reporting_currency('dated.unit_price', 'dated.currency', 'rates.rate', scale=4) }}
            as unit_price,
        {{ to_reporting_currency('dated.list_amount', 'dated.currency', 'rates.rate') }}
            as list_amount,
        {{ to_reporting_currency('dated.discount', 'dated.currency', 'rates.rate') }} as discount,
        {{ to_reporting_currency('dated.amount', 'dated.currency', 'rates.rate') }} as amount,
        cast(dated.cost as decimal(18, 2)) as cost,
        coalesce(dated.currency, '{{ var("reporting_currency") }}') as currency,
        dated.ordered_at,
        dated.ordered_on,
        {{ month_start('dated.ordered_on') }} as ordered_month,
        {{ quarter_start('dated.ordered_on') }} as ordered_quarter,
        dated.is_return,
        not dated.is_return
        and (dated.deal_id is null or coalesce(dated.outcome, '') = 'won') as is_sold,
        not dated.is_return and dated.outcome is not null as is_offered
    from dated
    left join rates
        on {{ rate_join(
            'rates',
            'dated.currency',
            'coalesce(dated.ordered_on, cast(dated.complete_to as date))'
        ) }}
)

select * from final
