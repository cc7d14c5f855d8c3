with

deals as (
    select * from {{ ref('crm_deals') }}
),

snapshots as (
    select * from {{ ref('deal_snapshots') }}
),

snapshot_events as (
    select * from {{ ref('crm_snapshot_events') }}
),

starts as (
    select
        source,
        min(dbt_valid_from) as history_start
    from snapshots
    group by source
),

followed as (
    select distinct deal_id from snapshot_events
),

closed as (
    select
        deals.source,
        count(*) as closed_deals,
        count(followed.deal_id) as followed_deals
    from deals
    left join followed
        on deals.deal_id = followed.deal_id
    where deals.outcome <> 'open'
    group by deals.source
),

final as (
    select
        starts.source,
        starts.history_start,
        coalesce(closed.closed_deals, 0) as closed_deals,
        coalesce(closed.followed_deals, 0) as followed_deals
    from starts
    left join closed
        on starts.source = closed.source
)

select * from final
