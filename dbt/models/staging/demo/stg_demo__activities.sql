with activities as (
    select * from {{ source('raw_demo', 'activities') }}
),

final as (
    select
        'demo' as source,
        'demo:' || cast(id as string) as activity_id,
        'demo:' || cast(deal_id as string) as deal_id,
        'demo:' || cast(user_id as string) as manager_id,
        type as kind,
        cast(happens_at as timestamp) as happened_at
    from activities
)

select * from final
