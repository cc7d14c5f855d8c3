"""A small company, right in every number, that tests break one number at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_project.quality.runner import run_gate
from dagster_project.quality.selection import gate_checks
from dagster_project.settings import Settings, get_settings
from dagster_project.warehouse.candidate import Candidate, build_candidate
from dagster_project.warehouse.connections import writer
from dagster_project.warehouse.contract import Contract, TableContract
from dagster_project.warehouse.ops import record_transform
from dagster_project.warehouse.verdict import CheckResult, Verdict
from tests.unit.quality.people import PEOPLE_CONTRACT, PEOPLE_TABLES
from tests.unit.quality.sales import SALES_CONTRACT, SALES_TABLES

CONTRACT: Contract = {
    "deals": TableContract(
        {
            "source": "varchar",
            "deal_id": "varchar",
            "customer_name": "varchar",
            "outcome": "varchar",
            "amount": "decimal(18,2)",
            "as_of": "timestamp",
        },
        ("deal_id",),
    ),
    "funnel_stages": TableContract(
        {
            "pipeline_id": "varchar",
            "stage_id": "varchar",
            "stage_name": "varchar",
            "stage_number": "integer",
            "cohort_month": "date",
            "reached": "bigint",
            "passed": "bigint",
            "lost": "bigint",
            "open": "bigint",
            "conversion": "double",
            "conversion_low": "double",
            "conversion_high": "double",
            "as_of": "timestamp",
        },
        ("pipeline_id", "stage_id", "cohort_month"),
    ),
    "regions": TableContract(
        {
            "level": "varchar",
            "region": "varchar",
            "quarter": "date",
            "leads": "bigint",
            "closed_deals": "bigint",
            "won_deals": "bigint",
            "win_rate": "double",
            "orders": "bigint",
            "customers": "bigint",
            "new_customers": "bigint",
            "revenue": "numeric(18, 2)",
            "revenue_share": "double",
            "as_of": "timestamp",
        },
        ("level", "region", "quarter"),
    ),
    **PEOPLE_CONTRACT,
    **SALES_CONTRACT,
}

_WAREHOUSE = """
    create schema core; create schema crm; create schema marts;
    create table core.dim_sources as
        select 'demo' as source, true as has_lines, as_of, as_of as complete_to
        from (select timestamp '2026-07-01' as as_of);
    create table core.dim_pipelines as select 'p' as pipeline_id, 'demo' as source;
    create table core.dim_managers as select 'm' as manager_id;
    create table core.dim_customers as select 'c' as customer_id;
    create table core.dim_products as select 'a' as product_id;
    create table core.fct_deals as
        select
            'demo' as source, 'd' || i as deal_id, 'p' as pipeline_id, 'm' as manager_id,
            'c' as customer_id, 3 as stage_count,
            case when i <= 2 then 'won' when i <= 8 then 'lost' else 'open' end as outcome,
            cast(i + 0.10 as decimal(18, 2)) as amount,
            cast(i as decimal(18, 2)) as amount_original, 'RUB' as currency,
            timestamp '2026-05-01' as created_at, timestamp '2026-06-01' as closed_at,
            date '2026-05-01' as created_on, date '2026-06-01' as closed_on
        from range(1, 11) as t(i);
    create table core.fct_deleted_deals as select 'gone' as deal_id;
    create table crm.crm_deals as
        select deal_id, amount_original as amount from core.fct_deals union all select 'gone', 5;
    create table core.fct_order_lines as
        select
            'demo' as source, 'o' || i as order_id, 1 as line_id, 'd' || i as deal_id,
            'a' as product_id, cast(i + 0.10 as decimal(18, 2)) as amount, true as is_sold,
            false as is_return
        from range(1, 3) as t(i);
    create table core.fct_stage_stays as
        select
            'demo' as source, 'd' || i as deal_id, 1 as stay_number, 'p' as pipeline_id,
            's1' as stage_id, timestamp '2026-05-01' as entered_at,
            case when i <> 9 then timestamp '2026-05-03' end as left_at,
            case when i <> 9 then 2.0 end as days, case when i <> 9 then 'advanced' end as exit_kind
        from range(1, 11) as t(i);

    create table marts.deals as
        select source, deal_id, 'Ромашка' as customer_name, outcome, amount,
            timestamp '2026-07-01' as as_of
        from core.fct_deals;
    create table marts.funnel_stages as
        select
            'p' as pipeline_id, stage_id, stage_id as stage_name,
            cast(stage_number as integer) as stage_number, cohort_month,
            cast(reached as bigint) as reached, cast(passed as bigint) as passed,
            cast(lost as bigint) as lost, cast(open as bigint) as open,
            passed / cast(reached as double) as conversion,
            cast(0 as double) as conversion_low, cast(1 as double) as conversion_high,
            timestamp '2026-07-01' as as_of
        from (values
            ('s1', 1, null, 10, 6, 3, 1), ('s2', 2, null, 6, 4, 2, 0), ('s3', 3, null, 4, 2, 1, 1),
            ('s1', 1, date '2026-05-01', 10, 6, 3, 1),
            ('s2', 2, date '2026-05-01', 6, 4, 2, 0),
            ('s3', 3, date '2026-05-01', 4, 2, 1, 1)
        ) as t(stage_id, stage_number, cohort_month, reached, passed, lost, open);
    create table marts.regions as
        select
            level, region, cast(quarter as date) as quarter, cast(leads as bigint) as leads,
            cast(8 as bigint) as closed_deals, cast(2 as bigint) as won_deals,
            cast(0.25 as double) as win_rate, cast(1 as bigint) as orders,
            cast(1 as bigint) as customers, cast(1 as bigint) as new_customers,
            cast(revenue as decimal(18, 2)) as revenue, cast(share as double) as revenue_share,
            timestamp '2026-07-01' as as_of
        from (values
            ('region', 'Тверь', null, 4, 1.10, 1.1 / 3.2),
            ('region', '(unknown)', null, 6, 2.10, 2.1 / 3.2),
            ('region', 'Тверь', date '2026-04-01', 4, 1.10, 1.0),
            ('country', null, null, 10, 3.20, 1.0)
        ) as t(level, region, quarter, leads, revenue, share);
"""

Gate = Callable[..., Verdict]


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    settings = get_settings()
    with writer(settings.warehouse_path) as connection:
        connection.execute(_WAREHOUSE + PEOPLE_TABLES + SALES_TABLES)
    return settings


@pytest.fixture
def candidate_of(settings: Settings) -> Callable[..., Candidate]:
    """Break the marts (or the core) with SQL, then build a candidate."""

    def break_and_build(*statements: str) -> Candidate:
        with writer(settings.warehouse_path) as connection:
            for statement in statements:
                connection.execute(statement)
        record_transform(settings, "dbt-1", datetime.now(UTC), "success")
        return build_candidate(settings, "b1", CONTRACT)

    return break_and_build


@pytest.fixture
def gate(settings: Settings, candidate_of: Callable[..., Candidate]) -> Gate:
    """The verdict on a candidate after the given SQL was run on its warehouse.

    `only` limits the checks to those of one table, which takes a third of the time.
    """

    def build_and_check(*statements: str, only: str | None = None) -> Verdict:
        checks = [check for check in gate_checks(CONTRACT) if only in (None, check.table)]
        candidate = candidate_of(*statements)
        return run_gate(candidate, settings.warehouse_path, CONTRACT, checks)

    return build_and_check


def result_of(verdict: Verdict, check: str) -> CheckResult:
    """The result of `<table>.<check>`."""
    return next(result for result in verdict.results if f"{result.table}.{result.name}" == check)
