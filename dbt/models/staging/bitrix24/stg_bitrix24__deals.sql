with

deals as (
    select * from {{ source('raw_bitrix24', 'deals') }}
),

deal_ids as (
    select * from {{ source('raw_bitrix24', 'deal_ids') }}
),

statuses as (
    select * from {{ source('raw_bitrix24', 'statuses') }}
),

field_values as (
    select * from {{ source('raw_bitrix24', 'field_values') }}
),

portal as (
    select * from {{ source('raw_bitrix24', 'portal') }}
),

last_scan as (
    select max(_extracted_at) as scanned_at
    from deal_ids
),

-- A field of several values holds a list; its first one counts.
mapped as (
    select
        id,
        case
            when mapped_lost_reason like '[%'
                then split_part(replace(replace(mapped_lost_reason, '[', ''), ']', ''), ',', 1)
            else nullif(trim(mapped_lost_reason), '')
        end as lost_reason,
        nullif(trim(mapped_lost_comment), '') as lost_comment,
        nullif(trim(mapped_competitor), '') as competitor
    from deals
),

outcomes as (
    select
        id,
        case stagesemanticid when 'S' then 'won' when 'F' then 'lost' else 'open' end as outcome
    from deals
),

final as (
    select
        'bitrix24' as source,
        'bitrix24:' || deals.id as deal_id,
        'bitrix24:' || deals.categoryid as pipeline_id,
        'bitrix24:' || deals.stageid as stage_id,
        outcomes.outcome,
        'bitrix24:' || nullif(deals.assignedbyid, '0') as manager_id,
        'bitrix24:' || coalesce(
            'company:' || nullif(deals.companyid, '0'), 'contact:' || nullif(deals.contactid, '0')
        ) as customer_id,
        'bitrix24:' || nullif(trim(deals.utmcampaign), '') as campaign_id,
        coalesce(statuses.name, nullif(deals.sourceid, '')) as lead_source,
        cast(cast(deals.opportunity as double) as decimal(18, 2)) as amount,
        nullif(deals.currencyid, '') as currency,
        {{ utc_moment('deals.createdtime') }} as created_at,
        case when outcomes.outcome <> 'open' then {{ utc_moment('deals.movedtime') }} end as closed_at,
        'bitrix24:' || case
            when outcomes.outcome <> 'lost' then null
            when portal.lost_reason_from = 'stages' then deals.stageid
            else nullif(mapped.lost_reason, '0')
        end as lost_reason_id,
        mapped.lost_comment,
        coalesce(field_values.value, mapped.competitor) as competitor,
        {{ utc_moment('deals.updatedtime') }} as updated_at,
        last_scan.scanned_at
        > greatest(deals._extracted_at, coalesce(deal_ids._extracted_at, deals._extracted_at)) as is_deleted,
        portal.url || 'crm/deal/details/' || deals.id || '/' as url
    from deals
    inner join outcomes
        on deals.id = outcomes.id
    inner join mapped
        on deals.id = mapped.id
    cross join portal
    cross join last_scan
    left join deal_ids
        on deals.id = deal_ids.id
    left join statuses
        on
            deals.sourceid = statuses.status_id
            and statuses.entity_id = 'SOURCE'
    left join field_values
        on
            mapped.competitor = field_values.id
            and field_values.entity = 'deals'
            and field_values.role = 'competitor'
    -- Templates of recurring deals are no deals.
    where coalesce(deals.isrecurring, 'N') <> 'Y'
)

select * from final
