{{ config(materialized='view') }}

with

stage_entries as (
    select * from {{ ref('fct_stage_entries') }}
),

final as (
    select
        source,
        deal_id,
        entry_number as stay_number,
        pipeline_id,
        stage_id,
        stage_number,
        entered_at,
        left_at,
        days,
        exit_kind,
        next_stage_id,
        manager_id,
        moved_by,
        left_quarter
    from stage_entries
    where kind = 'open'
)

select * from final
