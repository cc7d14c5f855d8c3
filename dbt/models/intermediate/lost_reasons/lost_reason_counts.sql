{%- set dimensions = [
    ('all', "'(all)'"),
    ('manager', 'manager_id'),
    ('region', 'region'),
    ('product_category', 'product_category'),
] -%}
{%- set key = 'dimension, member, source, pipeline_id, stage_id, lost_reason_id' -%}
with

losses as (
    select * from {{ ref('losses') }}
),

grouped as (
    select
        source,
        pipeline_id,
        stage_id,
        lost_reason_id,
        quarter,
        manager_id,
        region,
        product_category,
        sum(case when is_standing then 1 else 0 end) as deals,
        sum(case when is_standing then amount end) as value,
        sum(case when is_standing then 0 else 1 end) as reopened,
        sum(case when is_won_now then 1 else 0 end) as reopened_won
    from losses
    group by
        source, pipeline_id, stage_id, lost_reason_id, quarter, manager_id, region, product_category
),

members as (
    {% for dimension, member in dimensions -%}
    select
        '{{ dimension }}' as dimension,
        {{ member }} as member,
        source,
        pipeline_id,
        stage_id,
        lost_reason_id,
        quarter,
        deals,
        value,
        reopened,
        reopened_won
    from grouped
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor -%}
),

-- Each quarter's deals are also the deals before those of the next: a reason that disappears is news, too.
in_quarters as (
    select
        {{ key }},
        quarter,
        deals,
        value,
        reopened,
        reopened_won,
        0 as previous_deals
    from members
    where quarter is not null
    union all
    select
        {{ key }},
        {{ add_to_date('month', 3, 'quarter') }} as quarter,
        0 as deals,
        null as value,
        0 as reopened,
        0 as reopened_won,
        deals as previous_deals
    from members
    where quarter is not null and deals > 0
),

quarters as (
    select
        {{ key }},
        quarter,
        sum(deals) as deals,
        sum(value) as value,
        sum(reopened) as reopened,
        sum(reopened_won) as reopened_won,
        sum(previous_deals) as previous_deals
    from in_quarters
    group by {{ key }}, quarter
),

-- Quarter null is all time: losses of an unknown day are in it, and in no quarter.
periods as (
    select
        {{ key }},
        quarter,
        deals,
        value,
        reopened,
        reopened_won,
        previous_deals
    from quarters
    union all
    select
        {{ key }},
        cast(null as date) as quarter,
        sum(deals) as deals,
        sum(value) as value,
        sum(reopened) as reopened,
        sum(reopened_won) as reopened_won,
        cast(null as bigint) as previous_deals
    from members
    group by {{ key }}
),

totals as (
    select
        *,
        sum(deals) over (partition by dimension, member, pipeline_id, stage_id, quarter)
            as stage_deals,
        sum(previous_deals) over (partition by dimension, member, pipeline_id, stage_id, quarter)
            as previous_stage_deals
    from periods
),

final as (
    select
        {{ key }},
        quarter,
        cast(deals as bigint) as deals,
        case
            when deals = 0 then cast(0 as decimal(18, 2))
            else cast(value as decimal(18, 2))
        end as value,
        cast(stage_deals as bigint) as stage_deals,
        cast(previous_deals as bigint) as previous_deals,
        cast(previous_stage_deals as bigint) as previous_stage_deals,
        cast(reopened as bigint) as reopened,
        cast(reopened_won as bigint) as reopened_won
    from totals
    where deals > 0 or reopened > 0 or (previous_deals > 0 and stage_deals > 0)
)

select * from final
