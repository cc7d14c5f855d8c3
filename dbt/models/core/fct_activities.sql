with

activities as (
    select * from {{ ref('crm_activities') }}
),

final as (
    select
        source,
        activity_id,
        deal_id,
        manager_id,
        kind,
        happened_at
    from activities
)

select * from final
