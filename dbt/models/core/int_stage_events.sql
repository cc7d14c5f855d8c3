{{ config(materialized='view') }}
{%- set columns = [
    'source', 'deal_id', 'pipeline_id', 'stage_id', 'entered_at', 'sequence', 'moved_by', 'manager_id'
] %}

with

recorded as (
    select * from {{ ref('crm_stage_events') }}
),

seen as (
    select * from {{ ref('crm_snapshot_events') }}
),

final as (
    select {{ columns | join(', ') }} from recorded
    union all
    select {{ columns | join(', ') }} from seen
)

select * from final
