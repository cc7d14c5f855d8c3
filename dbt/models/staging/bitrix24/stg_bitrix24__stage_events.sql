with

deal_stage_history as (
    select * from {{ source('raw_bitrix24', 'deal_stage_history') }}
),

final as (
    select
        'bitrix24' as source,
        'bitrix24:' || owner_id as deal_id,
        'bitrix24:' || category_id as pipeline_id,
        'bitrix24:' || stage_id as stage_id,
        {{ utc_moment('created_time') }} as entered_at,
        cast(
            row_number() over (partition by owner_id order by cast(id as bigint) nulls last) as integer
        ) as sequence,
        -- The portal does not say who moved a deal, nor whose it was at that time.
        cast(null as string) as moved_by,
        cast(null as string) as manager_id
    from deal_stage_history
)

select * from final
