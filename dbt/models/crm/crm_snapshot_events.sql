{#
    Only for sources without a stage history of their own. A change seen tonight happened after the night that still
    saw the old state: at the latest when the source last changed the deal, else tonight.
#}
{{ config(materialized='table') }}

with

snapshots as (
    select * from {{ ref('deal_snapshots') }}
),

capabilities as (
    select * from {{ ref('crm_source_capabilities') }}
    where not coalesce(has_stage_history, false)
),

-- A state that was seen and corrected within the same moment of the source's data was never true.
states as (
    select
        snapshots.source,
        snapshots.deal_id,
        snapshots.pipeline_id,
        snapshots.stage_id,
        snapshots.outcome,
        snapshots.manager_id,
        snapshots.created_at,
        snapshots.updated_at,
        snapshots.dbt_valid_from as seen_at,
        min(snapshots.dbt_valid_from) over (partition by snapshots.source) as first_night_at
    from snapshots
    inner join capabilities
        on snapshots.source = capabilities.source
    where snapshots.dbt_valid_to is null or snapshots.dbt_valid_to > snapshots.dbt_valid_from
),

ordered as (
    select
        *,
        row_number() over deal_states as state_number,
        lag(seen_at) over deal_states as previous_seen_at
    from states
    window deal_states as (partition by deal_id order by seen_at)
),

final as (
    select
        source,
        deal_id,
        pipeline_id,
        stage_id,
        case
            when state_number = 1 and created_at > first_night_at then created_at
            when state_number = 1 then null
            when updated_at > previous_seen_at and updated_at < seen_at then updated_at
            else seen_at
        end as entered_at,
        cast(state_number - 1 as integer) as sequence,
        cast(null as {{ dbt.type_string() }}) as moved_by,
        manager_id
    from ordered
    -- Of a deal that was closed before the first night, the last stage is known, but not how it got there.
    where
        pipeline_id is not null
        and stage_id is not null
        and (state_number > 1 or outcome = 'open' or created_at > first_night_at)
)

select * from final
