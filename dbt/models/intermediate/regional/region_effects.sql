{#
    Revenue = (leads x (win_rate + carried_rate + other_rate) + carried + others) x bill, on both sides.

    carried: deals that brought an order, beyond leads x win rate; others: orders without a deal and further
    orders of one deal. Against the other regions both are counted per lead (the rates), against the past as
    they are.
#}
{%- set bill_parts = [
    ('price', 'price_index', '1.0', 'index'),
    ('volume', 'current_volume', 'base_volume', 'units per order'),
    ('mix', 'cast(null as double)', 'cast(null as double)', none),
    ('new_products', 'new_revenue', '0.0', 'money'),
    ('lost_products', '0.0', 'lost_revenue', 'money'),
    ('unknown_products', 'current_unknown_bill', 'base_unknown_bill', 'money per order'),
] -%}
with

comparisons as (
    select * from {{ ref('region_comparisons') }}
),

bill_parts as (
    select * from {{ ref('region_bill_parts') }}
),

-- A rate or a bill that one side does not have is taken to be the other's: it explains nothing.
rates as (
    select
        region,
        period,
        comparison,
        leads,
        base_leads,
        orders,
        base_orders,
        sold_deals,
        base_sold_deals,
        won_deals / nullif(closed_deals, 0) as own_win_rate,
        base_won_deals / nullif(base_closed_deals, 0) as base_own_win_rate,
        revenue / nullif(orders, 0) as own_bill,
        base_revenue / nullif(base_orders, 0) as base_own_bill,
        leads > 0 or base_leads > 0 or closed_deals > 0 or base_closed_deals > 0 as has_deals,
        comparison = 'rest_of_company' and leads > 0 and base_leads > 0 as is_per_lead
    from comparisons
),

filled as (
    select
        *,
        coalesce(own_win_rate, base_own_win_rate, 0) as win_rate,
        coalesce(base_own_win_rate, own_win_rate, 0) as base_win_rate,
        coalesce(own_bill, base_own_bill, 0) as bill,
        coalesce(base_own_bill, own_bill, 0) as base_bill
    from rates
),

factors as (
    select
        *,
        sold_deals - leads * win_rate as carried_orders,
        base_sold_deals - base_leads * base_win_rate as base_carried_orders,
        orders - sold_deals as other_orders,
        base_orders - base_sold_deals as base_other_orders
    from filled
),

counted as (
    select
        *,
        case when is_per_lead then carried_orders / leads else 0 end as carried_rate,
        case when is_per_lead then base_carried_orders / base_leads else 0 end as base_carried_rate,
        case when is_per_lead then other_orders / leads else 0 end as other_rate,
        case when is_per_lead then base_other_orders / base_leads else 0 end as base_other_rate,
        case when is_per_lead then 0 else carried_orders end as carried,
        case when is_per_lead then 0 else base_carried_orders end as base_carried,
        case when is_per_lead then 0 else other_orders end as others,
        case when is_per_lead then 0 else base_other_orders end as base_others
    from factors
),

weights as (
    select
        region,
        period,
        comparison,
        has_deals,
        leads,
        base_leads,
        own_win_rate,
        base_own_win_rate,
        carried_orders,
        base_carried_orders,
        other_orders,
        base_other_orders,
        (leads - base_leads) * (
            {{ shapley_weight(['win_rate', 'bill']) }}
            + {{ shapley_weight(['carried_rate', 'bill']) }}
            + {{ shapley_weight(['other_rate', 'bill']) }}
        ) as leads_effect,
        (win_rate - base_win_rate) * {{ shapley_weight(['leads', 'bill']) }} as win_rate_effect,
        (carried_rate - base_carried_rate) * {{ shapley_weight(['leads', 'bill']) }}
        + (carried - base_carried) * {{ shapley_weight(['bill']) }} as carry_over_effect,
        (other_rate - base_other_rate) * {{ shapley_weight(['leads', 'bill']) }}
        + (others - base_others) * {{ shapley_weight(['bill']) }} as other_orders_effect,
        {{ shapley_weight(['leads', 'win_rate']) }}
        + {{ shapley_weight(['leads', 'carried_rate']) }}
        + {{ shapley_weight(['leads', 'other_rate']) }}
        + {{ shapley_weight(['carried']) }}
        + {{ shapley_weight(['others']) }} as orders_weight
    from counted
),

effects as (
    {% for driver, current, base, unit in [
        ('leads', 'leads', 'base_leads', 'leads'),
        ('win_rate', 'own_win_rate', 'base_own_win_rate', 'share 0..1'),
        ('carry_over', 'carried_orders', 'base_carried_orders', 'orders'),
        ('other_orders', 'other_orders', 'base_other_orders', 'orders'),
    ] -%}
    select
        region,
        period,
        comparison,
        '{{ driver }}' as driver,
        {{ driver }}_effect as effect,
        {{ current }} as current_value,
        {{ base }} as base_value,
        '{{ unit }}' as value_unit,
        {% if driver == 'other_orders' -%}
        cast(null as {{ dbt.type_string() }}) as not_measurable
        {%- else -%}
        case when not has_deals then 'no_deals' end as not_measurable
        {%- endif %}
    from weights
    union all
    {% endfor -%}
    {% for driver, current, base, unit in bill_parts -%}
    select
        weights.region,
        weights.period,
        weights.comparison,
        '{{ driver }}' as driver,
        weights.orders_weight * bill_parts.{{ driver }}_change as effect,
        {{ current }} as current_value,
        {{ base }} as base_value,
        {% if unit %}'{{ unit }}'{% else %}cast(null as {{ dbt.type_string() }}){% endif %} as value_unit,
        {% if driver == 'unknown_products' -%}
        cast(null as {{ dbt.type_string() }}) as not_measurable
        {%- else -%}
        case when not bill_parts.has_products then 'no_products' end as not_measurable
        {%- endif %}
    from weights
    inner join bill_parts
        on
            weights.region = bill_parts.region
            and weights.period = bill_parts.period
            and weights.comparison = bill_parts.comparison
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
),

final as (
    select
        effects.region,
        effects.period,
        comparisons.kind,
        comparisons.quarter,
        effects.comparison,
        effects.driver,
        comparisons.exact_revenue as revenue,
        comparisons.exact_base_revenue as base_revenue,
        effects.effect,
        case when effects.not_measurable is null then effects.current_value end as current_value,
        case when effects.not_measurable is null then effects.base_value end as base_value,
        effects.value_unit,
        effects.not_measurable
    from effects
    inner join comparisons
        on
            effects.region = comparisons.region
            and effects.period = comparisons.period
            and effects.comparison = comparisons.comparison
)

select * from final
