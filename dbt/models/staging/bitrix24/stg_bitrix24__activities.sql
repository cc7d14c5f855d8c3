with

activities as (
    select * from {{ source('raw_bitrix24', 'activities') }}
),

final as (
    select
        'bitrix24' as source,
        'bitrix24:' || id as activity_id,
        'bitrix24:' || owner_id as deal_id,
        'bitrix24:' || nullif(responsible_id, '0') as manager_id,
        case
            when type_id = '1' then 'meeting'
            when type_id = '2' or provider_id like '%CALL%' then 'call'
            when type_id = '3' or provider_id like '%TASK%' or provider_id like '%TODO%' then 'task'
            when type_id = '4' or provider_id like '%EMAIL%' then 'email'
            when provider_id like '%OPENLINE%' then 'chat'
            else 'other'
        end as kind,
        coalesce(
            {{ utc_moment('start_time') }},
            {{ utc_moment('deadline') }},
            {{ utc_moment('created') }}
        ) as happened_at
    from activities
    where owner_type_id = '2'
)

select * from final
