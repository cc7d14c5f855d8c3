{%- set quarters = var('region_verdict_quarters') -%}
with

region_quarters as (
    select * from {{ ref('region_quarters') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

moments as (
    select
        {{ reporting_day('max(as_of)') }} as as_of_on,
        {{ reporting_day('max(complete_to)') }} as last_on
    from sources
),

bounds as (
    select
        min(quarter) as first_quarter,
        max(quarter) as last_quarter
    from region_quarters
),

-- up to the last quarter that any source has; complete are those that every source has
quarters as (
    select
        {{ add_to_date('month', '3 * numbers.n', 'bounds.first_quarter') }} as quarter,
        {{ add_to_date('month', '3 * numbers.n + 3', 'bounds.first_quarter') }} <= moments.as_of_on
            as is_complete
    from bounds
    cross join moments
    inner join {{ numbers_of_quarters() }}
        on numbers.n <= {{ quarters_between(
            'bounds.first_quarter', 'greatest(moments.last_on, bounds.last_quarter)'
        ) }}
),

complete_quarters as (
    select
        quarter,
        row_number() over (order by quarter desc nulls last) as age
    from quarters
    where is_complete
),

final as (
    select
        cast(quarter as {{ dbt.type_string() }}) as period,
        'quarter' as kind,
        quarter,
        is_complete
    from quarters
    union all
    select
        'all time' as period,
        'all_time' as kind,
        quarter,
        is_complete
    from quarters
    union all
    select
        'all time' as period,
        'all_time' as kind,
        cast(null as date) as quarter,
        true as is_complete
    union all
    select
        'recent' as period,
        'recent' as kind,
        quarter,
        true as is_complete
    from complete_quarters
    where age <= {{ quarters }}
    union all
    select
        'year before' as period,
        'year_before' as kind,
        quarters.quarter,
        true as is_complete
    from complete_quarters
    inner join quarters
        on quarters.quarter = {{ add_to_date('month', -12, 'complete_quarters.quarter') }}
    where complete_quarters.age <= {{ quarters }}
)

select * from final
