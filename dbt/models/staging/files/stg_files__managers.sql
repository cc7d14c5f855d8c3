with managers as (
    select * from {{ source('raw_files', 'managers') }}
),

final as (
    select
        source,
        source || ':' || manager_id as manager_id,
        name,
        team,
        cast(is_active as boolean) as is_active
    from managers
)

select * from final
