with

deals as (
    select * from {{ ref('fct_deals') }}
),

live_deals as (
    select * from {{ ref('int_live_deals') }}
),

managers as (
    select * from {{ ref('manager_keys') }}
),

mixes as (
    select * from {{ ref('deal_mixes') }}
),

quartiles as (
    select * from {{ ref('deal_amount_quartiles') }}
),

final as (
    select
        live_deals.deal_key,
        deals.source,
        deals.pipeline_id,
        deals.outcome,
        deals.furthest_stage_number,
        deals.has_stage_history,
        coalesce(managers.manager_key, 0) as manager_key,
        mixes.mix_key,
        deals.amount,
        deals.created_at,
        deals.closed_at
    from deals
    inner join live_deals
        on deals.deal_id = live_deals.deal_id
    inner join quartiles
        on deals.pipeline_id = quartiles.pipeline_id
    inner join mixes
        on
            coalesce(deals.lead_source, '(unknown)') = mixes.lead_source
            and deals.region = mixes.region
            and {{ amount_band('deals.amount', 'quartiles') }} = mixes.amount_band
    left join managers
        on deals.manager_id = managers.manager_id
)

select * from final
