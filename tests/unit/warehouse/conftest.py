"""A small warehouse with finished marts, and builds made from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_project.settings import Settings, get_settings
from dagster_project.warehouse.audit import Audit
from dagster_project.warehouse.candidate import Candidate, build_candidate
from dagster_project.warehouse.connections import writer
from dagster_project.warehouse.contract import Contract, TableContract
from dagster_project.warehouse.files import sha256
from dagster_project.warehouse.ops import now, record_transform
from dagster_project.warehouse.seal import seal
from dagster_project.warehouse.verdict import CheckResult, Verdict

CONTRACT: Contract = {
    "funnel_stages": TableContract(
        {"stage_id": "varchar", "reached": "integer", "as_of": "timestamp"}, ("stage_id",)
    ),
    "regions": TableContract(
        {"region": "varchar", "revenue": "decimal(18,2)", "as_of": "timestamp"}, ("region",)
    ),
}

PASS = CheckResult("regions: unique", "regions", "Each region is there once.", "critical", True)
FAIL = CheckResult("regions: sum", "regions", "Revenue adds up.", "critical", False, 1, "off by 1")


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return get_settings()


@pytest.fixture
def warehouse(settings: Settings) -> Path:
    """A warehouse whose latest transform succeeded, with two marts and comments on one of them."""
    with writer(settings.warehouse_path) as connection:
        connection.execute("""
            create schema marts;
            create table marts.funnel_stages as
                select 's' || i as stage_id, i::integer as reached, timestamp '2026-07-01' as as_of
                from range(5, 0, -1) as t(i);
            comment on table marts.funnel_stages is 'One row per stage.';
            comment on column marts.funnel_stages.reached is 'Deals that came; it''s a count.';
            create table marts.regions as
                select region, revenue::decimal(18, 2) as revenue, timestamp '2026-07-01' as as_of
                from (values ('Москва', 10.50), ('=cmd()', 1.25), (null, 0)) as t(region, revenue);
            create table marts.left_over as select 1 as i;
            create view marts.not_a_table as select 1 as i;
        """)
    record_transform(settings, "dbt-1", datetime.now(UTC), "success")
    return settings.warehouse_path


def verdict_on(candidate: Candidate, *results: CheckResult) -> Verdict:
    """A gate's answer about the candidate as it is now."""
    return Verdict(candidate.build_id, results or (PASS,), now(), sha256(candidate.database))


@pytest.fixture
def build(settings: Settings, warehouse: Path) -> Callable[..., Audit]:
    """Build and seal a candidate: `build("id")` passes, `build("id", FAIL)` does not."""

    def build_and_seal(build_id: str, *results: CheckResult) -> Audit:
        candidate = build_candidate(settings, build_id, CONTRACT)
        verdict = verdict_on(candidate, *results)
        page = f"<h1>{build_id}</h1>"
        return seal(candidate, verdict, run_id="run-1", code_version="abc123", page=page)

    return build_and_seal
