"""What is in force is what a new build is compared with; nothing else is, and nobody's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dagster_project.settings import Settings
from dagster_project.warehouse.audit import Audit
from dagster_project.warehouse.candidate import build_candidate
from dagster_project.warehouse.connections import reader, writer
from dagster_project.warehouse.ops import (
    PREVIOUS_DEAL_COLUMNS,
    RESTATEMENT_COLUMNS,
    create_warehouse,
)
from dagster_project.warehouse.previous import load_previous
from dagster_project.warehouse.publication import publish, rollback
from dagster_project.warehouse.seal import seal
from tests.unit.warehouse.conftest import verdict_on


def rows(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with reader(settings.warehouse_path) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def publish_deals(settings: Settings, warehouse: object) -> Callable[[str, int], Audit]:
    """Publish a build whose marts hold so many deals, and one restatement."""

    def build(build_id: str, deals: int) -> Audit:
        columns = ", ".join(
            f"null::{kind} as {column}"
            for column, kind in PREVIOUS_DEAL_COLUMNS.items()
            if column != "deal_id"
        )
        restatement = ", ".join(
            f"null::{kind} as {column}" for column, kind in RESTATEMENT_COLUMNS.items()
        )
        with writer(settings.warehouse_path) as connection:
            connection.execute(
                "create or replace table marts.deals as select 'd' || i as deal_id, 'Anna' as"
                f" customer_name, timestamp '2026-07-01' as as_of, {columns}"
                f" from range({deals}) as t(i)"
            )
            connection.execute(
                f"create or replace table marts.restatements as select {restatement},"
                " 'Sales' as pipeline_name, timestamp '2026-07-01' as as_of"
            )
        candidate = build_candidate(settings, build_id, tables=["deals", "restatements"])
        audit = seal(candidate, verdict_on(candidate), run_id="run-1", code_version="abc123")
        publish(settings, build_id)
        return audit

    return build


def test_nothing_is_compared_with_before_the_first_publication(settings: Settings) -> None:
    create_warehouse(settings.warehouse_path)
    assert load_previous(settings) is None
    for table in ("previous_publication", "previous_deals", "previous_restatements"):
        assert rows(settings, f"select count(*) from ops.{table}") == [(0,)]


def test_the_publication_in_force_is_brought_in_whole(
    settings: Settings, publish_deals: Callable[[str, int], Audit]
) -> None:
    publish_deals("b1", 3)
    assert load_previous(settings) == "b1"
    assert rows(
        settings,
        "select publication_id, cast(as_of as text), code_version from ops.previous_publication",
    ) == [("b1", "2026-07-01 00:00:00", "abc123")]
    assert rows(settings, "select deal_id from ops.previous_deals order by deal_id") == [
        ("d0",),
        ("d1",),
        ("d2",),
    ]
    assert rows(settings, "select count(*) from ops.previous_restatements") == [(1,)]
    assert load_previous(settings) == "b1"
    assert rows(settings, "select count(*) from ops.previous_deals") == [(3,)]


def test_no_name_of_anybody_is_brought_in(
    settings: Settings, publish_deals: Callable[[str, int], Audit]
) -> None:
    publish_deals("b1", 3)
    load_previous(settings)
    columns = {row[0] for row in rows(settings, "describe ops.previous_deals")}
    assert columns == set(PREVIOUS_DEAL_COLUMNS)
    assert not {column for column in columns if "customer" in column or "name" in column}


def test_a_rollback_is_what_the_next_build_is_compared_with(
    settings: Settings, publish_deals: Callable[[str, int], Audit]
) -> None:
    publish_deals("b1", 3)
    publish_deals("b2", 5)
    assert load_previous(settings) == "b2"
    rollback(settings, "b1")
    assert load_previous(settings) == "b1"
    assert rows(settings, "select count(*) from ops.previous_deals") == [(3,)]


def test_a_version_of_older_code_is_not_compared_with(
    settings: Settings, build: Callable[..., Audit], caplog: pytest.LogCaptureFixture
) -> None:
    build("b1")
    publish(settings, "b1")
    assert load_previous(settings) is None
    assert "b1 is not compared with: deals without amount" in caplog.text
    assert rows(settings, "select count(*) from ops.previous_publication") == [(0,)]
