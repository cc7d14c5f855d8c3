with campaigns as (
    select * from {{ source('raw_files', 'campaigns') }}
),

final as (
    select
        source,
        source || ':' || campaign_id as campaign_id,
        name,
        channel,
        strategy
    from campaigns
)

select * from final
