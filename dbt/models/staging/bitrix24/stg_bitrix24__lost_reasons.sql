with

deals as (
    select * from {{ source('raw_bitrix24', 'deals') }}
),

field_values as (
    select * from {{ source('raw_bitrix24', 'field_values') }}
),

statuses as (
    select * from {{ source('raw_bitrix24', 'statuses') }}
),

portal as (
    select * from {{ source('raw_bitrix24', 'portal') }}
),

listed as (
    select
        id as lost_reason,
        value as name
    from field_values
    where entity = 'deals' and role = 'lost_reason'
),

-- A field of free text, or values struck off the list since.
written as (
    select distinct
        trim(deals.mapped_lost_reason) as lost_reason,
        trim(deals.mapped_lost_reason) as name
    from deals
    left join listed
        on trim(deals.mapped_lost_reason) = listed.lost_reason
    where
        listed.lost_reason is null
        and nullif(nullif(trim(deals.mapped_lost_reason), ''), '0') is not null
        and deals.mapped_lost_reason not like '[%'
),

stages as (
    select
        statuses.status_id as lost_reason,
        statuses.name
    from statuses
    cross join portal
    where
        portal.lost_reason_from = 'stages'
        and statuses.semantics = 'F'
        and substring(statuses.entity_id, 1, 10) = 'DEAL_STAGE'
),

reasons as (
    select * from listed
    union all
    select * from written
    union all
    select * from stages
),

final as (
    select
        'bitrix24' as source,
        'bitrix24:' || lost_reason as lost_reason_id,
        name,
        cast(null as string) as category
    from reasons
)

select * from final
