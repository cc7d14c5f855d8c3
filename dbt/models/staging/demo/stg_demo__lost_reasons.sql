with loss_reasons as (
    select * from {{ source('raw_demo', 'loss_reasons') }}
),

final as (
    select
        'demo' as source,
        'demo:' || cast(id as string) as lost_reason_id,
        title as name,
        case group_code
            when 'PRICE' then 'price'
            when 'COMPETITOR' then 'competitor'
            when 'NO_CONTACT' then 'no_contact'
            when 'NO_NEED' then 'no_need'
            when 'TIMING' then 'timing'
            when 'PRODUCT' then 'product_fit'
            when 'OUR_DELAY' then 'our_delay'
            else 'other'
        end as category
    from loss_reasons
)

select * from final
