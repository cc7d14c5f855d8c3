-- No residual: the ten effects of a comparison are the difference of revenue, to the cent. A returned row is
-- a comparison that explains more or less than there is.
select
    region,
    quarter,
    comparison,
    sum(effect) as explained,
    max(revenue_difference) as difference
from {{ ref('region_drivers') }}
group by
    region,
    quarter,
    comparison
having
    sum(effect) <> max(revenue_difference)
    or min(revenue_difference) <> max(revenue_difference)
    or count(*) <> 10
