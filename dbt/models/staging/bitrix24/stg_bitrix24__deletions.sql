with

deals as (
    select * from {{ source('raw_bitrix24', 'deals') }}
),

deal_ids as (
    select * from {{ source('raw_bitrix24', 'deal_ids') }}
),

last_scan as (
    select max(_extracted_at) as scanned_at
    from deal_ids
),

last_seen as (
    select
        coalesce(deals.id, deal_ids.id) as id,
        greatest(
            coalesce(deals._extracted_at, deal_ids._extracted_at),
            coalesce(deal_ids._extracted_at, deals._extracted_at)
        ) as seen_at
    from deals
    full outer join deal_ids
        on deals.id = deal_ids.id
),

final as (
    select
        'bitrix24' as source,
        'deals' as entity,
        'bitrix24:' || last_seen.id as id,
        cast(last_seen.seen_at at time zone 'UTC' as timestamp) as deleted_at
    from last_seen
    cross join last_scan
    where last_seen.seen_at < last_scan.scanned_at
)

select * from final
