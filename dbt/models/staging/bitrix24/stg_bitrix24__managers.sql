with

users as (
    select * from {{ source('raw_bitrix24', 'users') }}
),

departments as (
    select * from {{ source('raw_bitrix24', 'departments') }}
),

final as (
    select
        'bitrix24' as source,
        'bitrix24:' || users.id as manager_id,
        coalesce(
            nullif(trim(coalesce(users.name, '') || ' ' || coalesce(users.last_name, '')), ''),
            'User ' || users.id
        ) as name,
        departments.name as team,
        lower(users.active) in ('true', 'y', '1') as is_active
    from users
    -- A user may be in several departments, as [3,7]; the first is the main one.
    left join departments
        on split_part(replace(replace(users.uf_department, '[', ''), ']', ''), ',', 1) = departments.id
)

select * from final
