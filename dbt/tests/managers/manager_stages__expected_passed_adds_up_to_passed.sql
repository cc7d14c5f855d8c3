-- Deals are only shared out anew by standardisation: in each stage and period the expected passes of all
-- managers are their passes, and the team is the sum of its managers. A returned row is a stage where they
-- are not.

select
    pipeline_id,
    stage_id,
    quarter,
    sum(passed) as passed,
    sum(expected_passed) as expected_passed,
    sum(reached) as reached,
    max(team_reached) as team_reached
from {{ ref('manager_stages') }}
where conversion is not null
group by pipeline_id, stage_id, quarter
having
    abs(sum(passed) - coalesce(sum(expected_passed), 0)) > 1e-6
    or sum(reached) <> max(team_reached)
    or sum(passed) <> max(team_passed)
    or max(team_reached) <> min(team_reached)
