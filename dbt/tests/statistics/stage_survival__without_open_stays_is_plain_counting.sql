-- Where every stay is finished there is nothing to estimate: the chance of having advanced within 30 days
-- is the share that did, and half of the stays are not longer than the median. A returned row is a group
-- that disagrees.

with

shares as (
    select
        stays.stay_group,
        count(*) as stays,
        avg(case when stays.days <= survival.survival_median_days then 1.0 else 0.0 end)
            as share_until_median,
        avg(case when stays.days < survival.survival_median_days then 1.0 else 0.0 end)
            as share_before_median
    from {{ ref('stay_memberships') }} as stays
    inner join {{ ref('stage_survival') }} as survival
        on stays.stay_group = survival.stay_group
    where survival.open_stays = 0
    group by stays.stay_group
)

select
    survival.stay_group,
    survival.p_advance_30d,
    stay_groups.advanced_in_30d,
    shares.stays,
    shares.share_until_median,
    shares.share_before_median
from shares
inner join {{ ref('stage_survival') }} as survival
    on shares.stay_group = survival.stay_group
inner join {{ ref('stay_groups') }} as stay_groups
    on shares.stay_group = stay_groups.stay_group
where
    survival.p_advance_30d is null
    or abs(survival.p_advance_30d - cast(stay_groups.advanced_in_30d as double) / shares.stays) > 1e-9
    or survival.survival_median_days is null
    or shares.share_until_median < 0.5 - 1e-9
    or shares.share_before_median >= 0.5 - 1e-9
