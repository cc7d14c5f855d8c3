-- The stays of a deal follow one another without a gap or an overlap, except around won and lost.
-- A returned row is a stay that ends at another moment than the next entry of its deal begins.

with

entries as (
    select
        deal_id,
        entry_number,
        kind,
        left_at,
        lead(entered_at) over (partition by deal_key order by entry_number) as next_entered_at
    from {{ ref('fct_stage_entries') }}
)

select *
from entries
where
    kind = 'open'
    and next_entered_at is not null
    and left_at <> next_entered_at
