with

totals as (
    select * from {{ ref('region_totals') }}
),

regions as (
    select * from {{ ref('dim_regions') }}
),

-- Growth needs the whole year before: a region that began within it would seem to grow.
years as (
    select
        recent.region,
        recent.quarters,
        recent.orders,
        recent.leads,
        recent.revenue,
        recent.squared_bills,
        coalesce(year_before.orders, 0) as orders_year_before,
        case
            when year_before.quarters = recent.quarters and year_before.revenue > 0 then year_before.revenue
        end as revenue_year_before,
        year_before.squared_bills as squared_bills_year_before,
        regions.population
    from totals as recent
    left join totals as year_before
        on
            recent.region = year_before.region
            and year_before.kind = 'year_before'
    left join regions
        on recent.region = regions.region
    where
        recent.kind = 'recent'
        and recent.region <> '(unknown)'
),

-- Regions with both years make up growth elsewhere, those with a known population the leads per inhabitant.
comparable as (
    select
        *,
        case when revenue_year_before is not null then revenue else 0 end as comparable_revenue,
        coalesce(revenue_year_before, 0) as comparable_year_before,
        case when population > 0 then leads else 0 end as counted_leads,
        coalesce(population, 0) as counted_population
    from years
),

with_elsewhere as (
    select
        *,
        {% for measure in [
            'comparable_revenue', 'comparable_year_before', 'leads', 'counted_leads', 'counted_population'
        ] -%}
        sum({{ measure }}) over () - {{ measure }} as {{ measure }}_elsewhere,
        {% endfor -%}
        count(*) over () - 1 as other_regions
    from comparable
),

rates as (
    select
        *,
        {{ share('revenue', 'revenue_year_before') }} - 1 as growth,
        {{ share('comparable_revenue_elsewhere', 'comparable_year_before_elsewhere') }} - 1
            as growth_elsewhere,
        {{ share('leads', 'population') }} * 1000 as leads_per_1000,
        {{ share('counted_leads_elsewhere', 'counted_population_elsewhere') }} * 1000
            as leads_per_1000_elsewhere,
        {{ share('leads_elsewhere', 'other_regions') }} as average_leads_elsewhere,
        -- Revenue as a random sum of bills: its relative variance is that of the bills, squared and summed.
        sqrt(
            squared_bills / nullif(power(cast(revenue as double), 2), 0)
            + squared_bills_year_before / nullif(power(cast(revenue_year_before as double), 2), 0)
        ) as growth_error
    from with_elsewhere
),

final as (
    select
        region,
        quarters,
        orders,
        orders_year_before,
        leads,
        revenue,
        revenue_year_before,
        growth,
        growth_elsewhere,
        (ln(1 + growth) - ln(1 + coalesce(growth_elsewhere, 0))) / nullif(growth_error, 0) as growth_z,
        leads_per_1000,
        leads_per_1000_elsewhere,
        average_leads_elsewhere,
        coalesce(
            leads_per_1000 / nullif(leads_per_1000_elsewhere, 0),
            leads / nullif(average_leads_elsewhere, 0)
        ) as leads_index
    from rates
)

select * from final
