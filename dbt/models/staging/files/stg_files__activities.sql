with activities as (
    select * from {{ source('raw_files', 'activities') }}
),

final as (
    select
        source,
        source || ':' || activity_id as activity_id,
        source || ':' || deal_id as deal_id,
        source || ':' || manager_id as manager_id,
        kind,
        cast(happened_at as timestamp) as happened_at
    from activities
)

select * from final
