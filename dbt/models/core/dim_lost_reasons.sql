with

lost_reasons as (
    select * from {{ ref('crm_lost_reasons') }}
),

categories as (
    select * from {{ ref('lost_reason_categories') }}
),

final as (
    select
        lost_reasons.lost_reason_id,
        lost_reasons.source,
        lost_reasons.name as lost_reason,
        coalesce(lost_reasons.category, categories.category, 'other') as category
    from lost_reasons
    left join categories
        on lower(trim(lost_reasons.name)) = categories.lost_reason
)

select * from final
