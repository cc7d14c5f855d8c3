with deletions as (
    select * from {{ source('raw_files', 'deletions') }}
),

final as (
    select
        source,
        entity,
        source || ':' || id as id,
        cast(deleted_at as timestamp) as deleted_at
    from deletions
)

select * from final
