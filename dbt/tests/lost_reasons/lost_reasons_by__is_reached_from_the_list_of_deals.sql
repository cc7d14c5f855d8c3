-- From every number of lost deals the list of deals leads to them: grouped by what `lost_reasons_by` is
-- taken apart by, it gives the same deals and value.
-- A returned row is a member, stage and reason where it does not.

with

lost_deals as (
    select
        pipeline_id,
        coalesce(lost_stage_id, '(unknown)') as stage_id,
        coalesce(lost_reason_id, '(not recorded)') as lost_reason_id,
        closed_quarter as quarter,
        coalesce(lost_by_manager_id, '(nobody)') as manager,
        region,
        product_category,
        amount
    from {{ ref('deals') }}
    where outcome = 'lost' and closed_quarter is not null
),

members as (
    {% for dimension in ['manager', 'region', 'product_category'] -%}
    select
        '{{ dimension }}' as dimension,
        {{ dimension }} as member,
        pipeline_id,
        stage_id,
        lost_reason_id,
        quarter,
        count(*) as deals,
        sum(amount) as value
    from lost_deals
    group by {{ dimension }}, pipeline_id, stage_id, lost_reason_id, quarter
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor -%}
),

published as (
    select
        dimension,
        member,
        pipeline_id,
        stage_id,
        lost_reason_id,
        quarter,
        deals,
        value
    from {{ ref('lost_reasons_by') }}
    where quarter is not null and deals > 0
)

select
    coalesce(members.dimension, published.dimension) as dimension,
    coalesce(members.member, published.member) as member,
    coalesce(members.lost_reason_id, published.lost_reason_id) as lost_reason_id,
    coalesce(members.quarter, published.quarter) as quarter,
    members.deals,
    published.deals as published_deals
from members
full outer join published
    on
        members.dimension = published.dimension
        and members.member = published.member
        and members.pipeline_id = published.pipeline_id
        and members.stage_id = published.stage_id
        and members.lost_reason_id = published.lost_reason_id
        and members.quarter = published.quarter
where
    members.deals is distinct from published.deals
    or members.value is distinct from published.value
