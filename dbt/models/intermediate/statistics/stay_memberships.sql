{{ config(materialized='view') }}

with

stays as (
    select
        stage_key,
        manager_key,
        quarter_number,
        days,
        is_open,
        is_advanced,
        is_lost,
        is_of_won_deal
    from {{ ref('stay_observations') }}
    where is_measured
),

grouped as (
    select
        stage_key,
        0 as manager_key,
        0 as quarter_number,
        days,
        is_open,
        is_advanced,
        is_lost,
        is_of_won_deal
    from stays
    union all
    select
        stage_key,
        manager_key,
        0 as quarter_number,
        days,
        is_open,
        is_advanced,
        is_lost,
        is_of_won_deal
    from stays
    where manager_key > 0
    union all
    select
        stage_key,
        0 as manager_key,
        quarter_number,
        days,
        is_open,
        is_advanced,
        is_lost,
        is_of_won_deal
    from stays
    where quarter_number > 0
    union all
    select
        stage_key,
        manager_key,
        quarter_number,
        days,
        is_open,
        is_advanced,
        is_lost,
        is_of_won_deal
    from stays
    where manager_key > 0 and quarter_number > 0
),

final as (
    select
        {{ stay_group('stage_key', 'manager_key', 'quarter_number') }} as stay_group,
        stage_key,
        manager_key,
        quarter_number,
        days,
        is_open,
        is_advanced,
        is_lost,
        is_of_won_deal
    from grouped
)

select * from final
