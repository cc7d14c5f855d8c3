"""The managers of the small company of conftest.py: their contracts, and their tables as SQL."""

from __future__ import annotations

from dagster_project.warehouse.contract import Contract, TableContract

PEOPLE_CONTRACT: Contract = {
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
            "strongest_stage": "varchar",
            "weakest_stage": "varchar",
            "as_of": "timestamp",
        },
        ("manager_id", "quarter"),
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
            cast(0.6 as double) as win_rate_high, strongest_stage,
            cast(null as varchar) as weakest_stage, timestamp '2026-07-01' as as_of
        from (values (null, 'P: s1'), (date '2026-04-01', null)) as t(quarter, strongest_stage);
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
"""
