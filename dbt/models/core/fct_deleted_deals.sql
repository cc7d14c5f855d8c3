with

deals as (
    select * from {{ ref('crm_deals') }}
),

deletions as (
    select * from {{ ref('crm_deletions') }}
),

deleted as (
    select
        source,
        deal_id,
        cast(null as timestamp) as deleted_at
    from deals
    where is_deleted
    union all
    select
        source,
        id as deal_id,
        deleted_at
    from deletions
    where entity = 'deals'
),

final as (
    select
        deal_id,
        min(source) as source,
        max(deleted_at) as deleted_at
    from deleted
    group by deal_id
)

select * from final
