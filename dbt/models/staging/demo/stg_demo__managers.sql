with users as (
    select * from {{ source('raw_demo', 'users') }}
),

final as (
    select
        'demo' as source,
        'demo:' || cast(id as string) as manager_id,
        full_name as name,
        department as team,
        is_active
    from users
)

select * from final
