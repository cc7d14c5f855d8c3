with deletion_log as (
    select * from {{ source('raw_demo', 'deletion_log') }}
),

final as (
    select
        'demo' as source,
        case entity_type when 'deal' then 'deals' else entity_type end as entity,
        'demo:' || cast(entity_id as string) as id,
        cast(deleted_at as timestamp) as deleted_at
    from deletion_log
)

select * from final
