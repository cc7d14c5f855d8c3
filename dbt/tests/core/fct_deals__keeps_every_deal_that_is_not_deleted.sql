-- No join of the core layer may lose or double a deal: deals + deleted deals = deals of the sources.
-- A returned row is a source whose counts do not add up.

with

extracted as (
    select
        source,
        count(*) as deals
    from {{ ref('crm_deals') }}
    group by source
),

kept as (
    select
        source,
        count(*) as deals
    from {{ ref('fct_deals') }}
    group by source
),

deleted as (
    select
        crm_deals.source,
        count(*) as deals
    from {{ ref('crm_deals') }} as crm_deals
    inner join {{ ref('fct_deleted_deals') }} as deleted_deals
        on crm_deals.deal_id = deleted_deals.deal_id
    group by crm_deals.source
)

select
    extracted.source,
    extracted.deals,
    kept.deals as kept_deals,
    deleted.deals as deleted_deals
from extracted
left join kept
    on extracted.source = kept.source
left join deleted
    on extracted.source = deleted.source
where extracted.deals <> coalesce(kept.deals, 0) + coalesce(deleted.deals, 0)
