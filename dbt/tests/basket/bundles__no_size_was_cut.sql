{{ config(severity='warn') }}

-- With automatic support the engine found more sets of products than it may list, or more rows than it may
-- join, and raised the fewest orders a set must have. A returned row is a size where it did: the rarer sets
-- are missing. Set var `bundle_min_support` to choose the limit, or raise `bundle_max_sets` and
-- `bundle_max_rows`.
select
    source,
    set_size + 1 as cut_size,
    min(next_min_orders) as min_orders,
    count(*) as sets_one_smaller
from {{ ref('itemsets') }}
where next_min_orders > min_orders
group by
    source,
    set_size
