-- Each pipeline, manager and quarter with won deals has one bottleneck, and its stages share all the days
-- of the won. A returned row is one where they do not.

select
    pipeline_id,
    manager_id,
    quarter,
    sum(share_of_won_days) as shares,
    sum(case when is_bottleneck then 1 else 0 end) as bottlenecks
from {{ ref('stage_durations') }}
group by pipeline_id, manager_id, quarter
having
    abs(sum(share_of_won_days) - 1) > 1e-9
    or sum(case when is_bottleneck then 1 else 0 end)
    <> case when sum(share_of_won_days) is null then 0 else 1 end
