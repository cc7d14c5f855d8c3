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

{% set grains = [('0', '0'), ('manager_key', '0'), ('0', 'quarter_number'), ('manager_key', 'quarter_number')] -%}

final as (
    {% for manager_key, quarter_number in grains -%}
    select
        {{ stay_group('stage_key', manager_key, quarter_number) }} as stay_group,
        stage_key,
        {{ manager_key }} as manager_key,
        {{ quarter_number }} as quarter_number,
        days,
        is_open,
        is_advanced,
        is_lost,
        is_of_won_deal
    from stays
    {% if not loop.first -%}
    where
        {% if manager_key != '0' -%}
        manager_key > 0
        {{ 'and quarter_number > 0' if quarter_number != '0' }}
        {%- else -%}
        quarter_number > 0
        {%- endif %}
    {% endif -%}
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}
)

select * from final
