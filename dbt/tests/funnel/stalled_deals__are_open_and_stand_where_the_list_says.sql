-- A stalled deal is an open deal of the deal list, with the same owner, amount, and moment of coming there.
-- A returned row is a stalled deal the list does not have, or has otherwise.

with

deals as (
    select * from {{ ref('deals') }}
)

select
    stalled.deal_id,
    deals.outcome,
    deals.stage_entered_at,
    stalled.entered_at,
    deals.amount as amount_of_deal,
    stalled.amount
from {{ ref('stalled_deals') }} as stalled
left join deals
    on stalled.deal_id = deals.deal_id
where
    coalesce(deals.outcome, '') <> 'open'
    or deals.stage_entered_at is distinct from stalled.entered_at
    or deals.manager_id is distinct from stalled.manager_id
    or deals.amount is distinct from stalled.amount
