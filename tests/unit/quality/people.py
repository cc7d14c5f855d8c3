"""Managers, lost reasons and restatements of the small company of conftest.py: contracts, SQL."""

from __future__ import annotations

from dagster_project.warehouse.contract import Contract, TableContract

_REASON_COLUMNS = {
    "source": "varchar",
    "pipeline_id": "varchar",
    "stage_id": "varchar",
    "lost_reason_id": "varchar",
    "quarter": "date",
    "deals": "bigint",
    "value": "decimal(18,2)",
    "stage_deals": "bigint",
    "share_in_stage": "double",
    "cumulative_share": "double",
    "previous_deals": "bigint",
    "previous_share": "double",
    "change_q_value": "double",
    "reopened": "bigint",
    "as_of": "timestamp",
}

PEOPLE_CONTRACT: Contract = {
    "restatements": TableContract(
        {
            "pipeline_id": "varchar",
            "month": "date",
            "metric": "varchar",
            "reason": "varchar",
            "difference": "decimal(18,2)",
            "old_value": "decimal(18,2)",
            "new_value": "decimal(18,2)",
            "previous_publication_id": "varchar",
            "previous_as_of": "timestamp",
            "as_of": "timestamp",
        },
        ("previous_publication_id", "pipeline_id", "month", "metric", "reason"),
    ),
    "lost_reasons": TableContract(
        _REASON_COLUMNS, ("pipeline_id", "stage_id", "lost_reason_id", "quarter")
    ),
    "lost_reasons_by": TableContract(
        {"dimension": "varchar", "member": "varchar", **_REASON_COLUMNS},
        ("dimension", "member", "pipeline_id", "stage_id", "lost_reason_id", "quarter"),
    ),
    "managers": TableContract(
        {
            "manager_id": "varchar",
            "quarter": "date",
            "deals": "bigint",
            "wins": "bigint",
            "value": "decimal(18,2)",
            "win_rate": "double",
            "win_rate_low": "double",
            "win_rate_high": "double",
            "stalled_deals": "bigint",
            "stalled_value": "decimal(18,2)",
            "strongest_stage": "varchar",
            "weakest_stage": "varchar",
            "as_of": "timestamp",
        },
        ("manager_id", "quarter"),
    ),
    "stalled_deals": TableContract(
        {
            "amount_rank": "integer",
            "deal_id": "varchar",
            "pipeline_id": "varchar",
            "stage_id": "varchar",
            "manager_id": "varchar",
            "days": "double",
            "threshold_days": "double",
            "threshold_n": "bigint",
            "amount": "decimal(18,2)",
            "as_of": "timestamp",
        },
        ("amount_rank",),
    ),
    "manager_stages": TableContract(
        {
            "manager_id": "varchar",
            "pipeline_id": "varchar",
            "pipeline_name": "varchar",
            "stage_id": "varchar",
            "stage_name": "varchar",
            "quarter": "date",
            "reached": "bigint",
            "passed": "bigint",
            "lost": "bigint",
            "open": "bigint",
            "conversion": "double",
            "conversion_low": "double",
            "conversion_high": "double",
            "team_reached": "bigint",
            "team_passed": "bigint",
            "decided": "bigint",
            "q_value": "double",
            "verdict": "varchar",
            "as_of": "timestamp",
        },
        ("manager_id", "pipeline_id", "stage_id", "quarter"),
    ),
}

PEOPLE_TABLES = """
    create table marts.managers as
        select
            'm' as manager_id, cast(quarter as date) as quarter, cast(8 as bigint) as deals,
            cast(2 as bigint) as wins, cast(3.20 as decimal(18, 2)) as value,
            cast(0.25 as double) as win_rate, cast(0.07 as double) as win_rate_low,
            cast(0.6 as double) as win_rate_high, cast(stalled as bigint) as stalled_deals,
            cast(stalled * 9.10 as decimal(18, 2)) as stalled_value, strongest_stage,
            cast(null as varchar) as weakest_stage, timestamp '2026-07-01' as as_of
        from (values (null, 1, 'P: s1'), (date '2026-04-01', null, null))
            as t(quarter, stalled, strongest_stage);
    create table marts.stalled_deals as
        select
            cast(1 as integer) as amount_rank, 'd9' as deal_id, 'p' as pipeline_id,
            's1' as stage_id, 'm' as manager_id, cast(61 as double) as days,
            cast(32 as double) as threshold_days, cast(2 as bigint) as threshold_n,
            cast(9.10 as decimal(18, 2)) as amount, timestamp '2026-07-01' as as_of;
    create table marts.manager_stages as
        select
            'm' as manager_id, 'p' as pipeline_id, 'P' as pipeline_name, stage_id,
            stage_id as stage_name, cast(null as date) as quarter,
            cast(reached as bigint) as reached, cast(passed as bigint) as passed,
            cast(lost as bigint) as lost, cast(open as bigint) as open,
            passed / cast(reached as double) as conversion, cast(0 as double) as conversion_low,
            cast(1 as double) as conversion_high, cast(reached as bigint) as team_reached,
            cast(passed as bigint) as team_passed, cast(passed + lost as bigint) as decided,
            cast(q_value as double) as q_value, verdict, timestamp '2026-07-01' as as_of
        from (values
            ('s1', 10, 6, 3, 1, 0.01, 'stronger'),
            ('s2', 6, 4, 2, 0, null, 'not_distinguishable'),
            ('s3', 4, 2, 1, 1, null, 'not_distinguishable')
        ) as t(stage_id, reached, passed, lost, open, q_value, verdict);

    create table marts.lost_reasons as
        select
            'demo' as source, 'p' as pipeline_id, 's1' as stage_id, lost_reason_id,
            cast(quarter as date) as quarter,
            cast(deals as bigint) as deals, cast(value as decimal(18, 2)) as value,
            cast(6 as bigint) as stage_deals, deals / 6.0::double as share_in_stage,
            cast(cumulative as double) as cumulative_share,
            cast(previous_deals as bigint) as previous_deals,
            cast(previous_deals / 3.0 as double) as previous_share,
            cast(q_value as double) as change_q_value, cast(reopened as bigint) as reopened,
            timestamp '2026-07-01' as as_of
        from (values
            ('price', null, 4, 18.40, 4 / 6.0::double, null, null, 1),
            ('(not recorded)', null, 2, 15.20, 1.0, null, null, 0),
            ('price', date '2026-04-01', 4, 18.40, 4 / 6.0::double, 0, 0.2, 1),
            ('(not recorded)', date '2026-04-01', 2, 15.20, 1.0, 0, 0.2, 0),
            ('rival', date '2026-04-01', 0, 0, 1.0, 3, 0.2, 0)
        ) as t(
            lost_reason_id, quarter, deals, value, cumulative, previous_deals, q_value, reopened
        );
    create table marts.lost_reasons_by as
        select dimension, 'one' as member, lost_reasons.*
        from marts.lost_reasons
        cross join (values ('manager'), ('region'), ('product_category')) as t(dimension);

    create schema ops;
    create table ops.previous_publication as
        select
            'b0' as publication_id, timestamp '2026-06-30' as as_of,
            timestamp '2026-06-30' as published_at, 'abc' as code_version;
    create table marts.restatements as
        select
            'p' as pipeline_id, date '2026-05-01' as month, metric, reason,
            cast(difference as decimal(18, 2)) as difference,
            cast(old_value as decimal(18, 2)) as old_value,
            cast(new_value as decimal(18, 2)) as new_value, previous_publication_id,
            timestamp '2026-06-30' as previous_as_of, timestamp '2026-07-01' as as_of
        from (values
            ('deals_created', 'late_deal', 3, 8, 10, 'b0'),
            ('deals_created', 'deleted_deal', -1, 8, 10, 'b0'),
            ('value_won', 'amount_corrected', 0.10, 3.10, 3.20, 'before b0')
        ) as t(metric, reason, difference, old_value, new_value, previous_publication_id);
"""
