with lost_reasons as (
    select * from {{ source('raw_files', 'lost_reasons') }}
),

final as (
    select
        source,
        source || ':' || lost_reason_id as lost_reason_id,
        name,
        category
    from lost_reasons
)

select * from final
