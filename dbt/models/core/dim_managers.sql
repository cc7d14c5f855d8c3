with

managers as (
    select * from {{ ref('crm_managers') }}
),

final as (
    select
        manager_id,
        source,
        name as manager_name,
        team,
        coalesce(is_active, true) as is_active
    from managers
)

select * from final
