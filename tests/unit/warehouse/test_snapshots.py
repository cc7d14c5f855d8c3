"""What snapshots saw outlives the warehouse."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.settings import Settings, get_settings
from dagster_project.warehouse.connections import reader, writer
from dagster_project.warehouse.ops import create_warehouse
from dagster_project.warehouse.snapshots import keep_snapshots, restore_snapshots, snapshots_dir

SEEN = [("t:1", "t:a"), ("t:1", "t:b")]


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    """A warehouse whose snapshot has seen a deal in two stages."""
    settings = get_settings()
    with writer(settings.warehouse_path) as connection:
        connection.execute("create schema snapshots")
        connection.execute(
            "create table snapshots.deal_snapshots as select * from (values"
            " ('t:1', 't:a', timestamp '2026-05-01'), ('t:1', 't:b', timestamp '2026-05-02')"
            ") as t(deal_id, stage_id, dbt_valid_from)"
        )
    return settings


def states(settings: Settings) -> list[tuple[str, str]]:
    with reader(settings.warehouse_path) as connection:
        return connection.execute(
            "select deal_id, stage_id from snapshots.deal_snapshots order by dbt_valid_from"
        ).fetchall()


def test_snapshots_come_back_after_the_warehouse_was_removed(settings: Settings) -> None:
    keep_snapshots(settings)
    with reader(settings.warehouse_path) as connection:
        before = connection.execute("describe snapshots.deal_snapshots").fetchall()
    settings.warehouse_path.unlink()
    create_warehouse(settings.warehouse_path)
    assert restore_snapshots(settings) == ("deal_snapshots",)
    assert states(settings) == SEEN
    with reader(settings.warehouse_path) as connection:
        assert connection.execute("describe snapshots.deal_snapshots").fetchall() == before


def test_snapshots_that_are_there_are_left_alone(settings: Settings) -> None:
    keep_snapshots(settings)
    with writer(settings.warehouse_path) as connection:
        connection.execute(
            "insert into snapshots.deal_snapshots values ('t:1', 't:c', timestamp '2026-05-03')"
        )
    assert restore_snapshots(settings) == ()
    assert states(settings) == [*SEEN, ("t:1", "t:c")]


def test_a_warehouse_without_snapshots_has_nothing_to_keep_or_restore(data_dir: Path) -> None:
    settings = get_settings()
    create_warehouse(settings.warehouse_path)
    keep_snapshots(settings)
    assert list(snapshots_dir(settings).iterdir()) == []
    assert restore_snapshots(settings) == ()


def test_a_copy_is_replaced_by_the_next_night(settings: Settings) -> None:
    keep_snapshots(settings)
    with writer(settings.warehouse_path) as connection:
        connection.execute("delete from snapshots.deal_snapshots where stage_id = 't:b'")
    keep_snapshots(settings)
    settings.warehouse_path.unlink()
    create_warehouse(settings.warehouse_path)
    restore_snapshots(settings)
    assert states(settings) == SEEN[:1]
    assert [path.name for path in snapshots_dir(settings).iterdir()] == ["deal_snapshots.parquet"]
