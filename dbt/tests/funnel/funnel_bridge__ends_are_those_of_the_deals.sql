-- Both ends of the bridge can be counted in the deal list: wins closed in the month, and the month's cohort.
-- A returned row is a month whose standing wins or cohort differ.

with

deals as (
    select * from {{ ref('deals') }}
),

closed as (
    select
        pipeline_id,
        {{ month_start('closed_on') }} as month,
        count(*) as standing_wins,
        coalesce(sum(amount), 0) as standing_value
    from deals
    where outcome = 'won' and closed_on is not null
    group by pipeline_id, {{ month_start('closed_on') }}
),

created as (
    select
        pipeline_id,
        cohort_month as month,
        count(*) as deals,
        sum(case when outcome = 'won' then 1 else 0 end) as wins,
        sum(case when outcome = 'lost' then 1 else 0 end) as lost
    from deals
    where cohort_month is not null
    group by pipeline_id, cohort_month
),

bridge as (
    select
        pipeline_id,
        month,
        sum(
            case when line in ('wins_in_month', 'reopened_since', 'moved_pipeline_since') then deals end
        ) as standing_wins,
        sum(
            case when line in ('wins_in_month', 'reopened_since', 'moved_pipeline_since') then value end
        ) as standing_value,
        sum(case when line = 'deals_of_cohort' then deals end) as deals,
        sum(case when line = 'wins_of_cohort' then deals end) as wins,
        sum(case when line = 'cohort_lost' then deals end) as lost
    from {{ ref('funnel_bridge') }}
    group by pipeline_id, month
),

expected as (
    select
        coalesce(closed.pipeline_id, created.pipeline_id) as pipeline_id,
        coalesce(closed.month, created.month) as month,
        coalesce(closed.standing_wins, 0) as standing_wins,
        coalesce(closed.standing_value, 0) as standing_value,
        coalesce(created.deals, 0) as deals,
        coalesce(created.wins, 0) as wins,
        coalesce(created.lost, 0) as lost
    from closed
    full outer join created
        on
            closed.pipeline_id = created.pipeline_id
            and closed.month = created.month
)

select
    expected.*,
    bridge.standing_wins as bridge_standing_wins,
    bridge.standing_value as bridge_standing_value,
    bridge.deals as bridge_deals,
    bridge.wins as bridge_wins,
    bridge.lost as bridge_lost
from expected
left join bridge
    on
        expected.pipeline_id = bridge.pipeline_id
        and expected.month = bridge.month
where
    expected.standing_wins is distinct from bridge.standing_wins
    or expected.standing_value <> coalesce(bridge.standing_value, 0)
    or expected.deals is distinct from bridge.deals
    or expected.wins is distinct from bridge.wins
    or expected.lost is distinct from bridge.lost
