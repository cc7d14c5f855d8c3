{#
    A deal can be lost more than once. The loss that stands is the deal's own outcome; one it came back from is in
    its stage history only: a stay that ended by losing, with a later entry that is not a loss.
#}
with

deals as (
    select * from {{ ref('fct_deals') }}
),

stage_entries as (
    select * from {{ ref('fct_stage_entries') }}
),

owner_bases as (
    select * from {{ ref('owner_bases') }}
),

categories as (
    select * from {{ ref('deal_product_categories') }}
),

sources as (
    select * from {{ ref('dim_sources') }}
),

losing_entries as (
    select
        deal_id,
        entry_number,
        kind,
        pipeline_id,
        stage_id,
        left_at,
        manager_id
    from stage_entries
    where kind = 'lost' or exit_kind = 'lost'
),

last_holders as (
    select
        deal_id,
        max_by(manager_id, entry_number) as manager_id
    from losing_entries
    where manager_id is not null
    group by deal_id
),

resumptions as (
    select
        deal_id,
        max(entry_number) as entry_number
    from stage_entries
    where kind <> 'lost'
    group by deal_id
),

resumed_stays as (
    select
        losing_entries.deal_id,
        losing_entries.entry_number,
        losing_entries.pipeline_id,
        losing_entries.stage_id,
        losing_entries.left_at,
        losing_entries.manager_id
    from losing_entries
    inner join resumptions
        on
            losing_entries.deal_id = resumptions.deal_id
            and losing_entries.entry_number < resumptions.entry_number
    where losing_entries.kind = 'open'
),

standing as (
    select
        deals.deal_id,
        cast(null as integer) as entry_number,
        deals.pipeline_id,
        deals.lost_stage_id as stage_id,
        deals.closed_quarter as quarter,
        last_holders.manager_id as holder_id,
        true as is_standing
    from deals
    left join last_holders
        on deals.deal_id = last_holders.deal_id
    where deals.outcome = 'lost'
),

-- A day of grace, as for the days of deals: a later moment belongs to no quarter.
resumed as (
    select
        resumed_stays.deal_id,
        resumed_stays.entry_number,
        resumed_stays.pipeline_id,
        resumed_stays.stage_id,
        case
            when resumed_stays.left_at <= sources.complete_to + interval '1' day
                then {{ quarter_start(reporting_day('resumed_stays.left_at')) }}
        end as quarter,
        resumed_stays.manager_id as holder_id,
        false as is_standing
    from resumed_stays
    inner join deals
        on resumed_stays.deal_id = deals.deal_id
    inner join sources
        on deals.source = sources.source
),

all_losses as (
    select * from standing
    union all
    select * from resumed
),

final as (
    select
        deals.source,
        all_losses.deal_id,
        all_losses.entry_number,
        all_losses.pipeline_id,
        coalesce(all_losses.stage_id, '(unknown)') as stage_id,
        coalesce(deals.lost_reason_id, '(not recorded)') as lost_reason_id,
        all_losses.quarter,
        coalesce(
            case
                when owner_bases.manager_basis = 'owner_at_the_time' then all_losses.holder_id
            end,
            deals.manager_id,
            '(nobody)'
        ) as manager_id,
        deals.region,
        coalesce(categories.product_category, '(no lines)') as product_category,
        deals.amount,
        all_losses.is_standing,
        not all_losses.is_standing and deals.outcome = 'won' as is_won_now
    from all_losses
    inner join deals
        on all_losses.deal_id = deals.deal_id
    inner join owner_bases
        on deals.source = owner_bases.source
    left join categories
        on all_losses.deal_id = categories.deal_id
)

select * from final
