with

statuses as (
    select * from {{ source('raw_bitrix24', 'statuses') }}
),

stage_roles as (
    select * from {{ source('raw_bitrix24', 'stage_roles') }}
),

final as (
    select
        'bitrix24' as source,
        -- DEAL_STAGE is the default funnel, number 0; DEAL_STAGE_7 is funnel 7.
        'bitrix24:' || case
            when statuses.entity_id = 'DEAL_STAGE' then '0'
            else replace(statuses.entity_id, 'DEAL_STAGE_', '')
        end as pipeline_id,
        'bitrix24:' || statuses.status_id as stage_id,
        statuses.name,
        cast(statuses.sort as integer) as position,
        case statuses.semantics when 'S' then 'won' when 'F' then 'lost' else 'open' end as kind,
        stage_roles.role
    from statuses
    left join stage_roles
        on statuses.status_id = stage_roles.stage_id
    where statuses.entity_id = 'DEAL_STAGE' or substring(statuses.entity_id, 1, 11) = 'DEAL_STAGE_'
)

select * from final
