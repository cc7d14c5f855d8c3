with pipeline_stages as (
    select * from {{ source('raw_demo', 'pipeline_stages') }}
),

final as (
    select
        'demo' as source,
        'demo:' || cast(pipeline_id as string) as pipeline_id,
        'demo:' || cast(id as string) as stage_id,
        title as name,
        cast(sort as integer) as position,
        type as kind,
        case code
            when 'NEW' then 'lead'
            when 'QUALIFIED' then 'interested'
            when 'QUOTE' then 'proposal'
            when 'AGREEMENT' then 'contract'
            when 'PAID' then 'payment'
            when 'SHIPPING' then 'delivery'
        end as role
    from pipeline_stages
)

select * from final
