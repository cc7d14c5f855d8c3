{# What the publication in force says of each month, and this build: from all deals, changed or not. #}
with

previous_deals as (
    select
        pipeline_id as old_pipeline_id,
        outcome as old_outcome,
        amount as old_amount,
        {{ month_start('created_on') }} as old_created_month,
        {{ month_start('closed_on') }} as old_closed_month
    from {{ source('ops', 'previous_deals') }}
),

deals as (
    select
        pipeline_id as new_pipeline_id,
        outcome as new_outcome,
        amount as new_amount,
        {{ month_start('created_on') }} as new_created_month,
        {{ month_start('closed_on') }} as new_closed_month
    from {{ ref('fct_deals') }}
),

old_rows as (
    {{ metric_rows('previous_deals', 'old_') }}
),

new_rows as (
    {{ metric_rows('deals', 'new_') }}
),

sides as (
    select
        metric,
        pipeline_id,
        month,
        value as old_value,
        0 as new_value
    from old_rows
    union all
    select
        metric,
        pipeline_id,
        month,
        0 as old_value,
        value as new_value
    from new_rows
),

final as (
    select
        metric,
        pipeline_id,
        month,
        cast(sum(old_value) as decimal(18, 2)) as old_value,
        cast(sum(new_value) as decimal(18, 2)) as new_value
    from sides
    group by metric, pipeline_id, month
)

select * from final
