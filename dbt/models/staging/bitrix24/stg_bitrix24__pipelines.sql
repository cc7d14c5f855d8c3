with

categories as (
    select * from {{ source('raw_bitrix24', 'categories') }}
),

final as (
    select
        'bitrix24' as source,
        'bitrix24:' || id as pipeline_id,
        name,
        true as is_active
    from categories
)

select * from final
