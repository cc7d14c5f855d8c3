"""A load changes each raw table whole or not at all, and repeating it changes nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import dlt
import pyarrow as pa
import pytest
from dlt.extract import DltSource
from dlt.pipeline.exceptions import PipelineStepFailed

from dagster_project.settings import ROOT, Settings, get_settings
from dagster_project.sources.base import Window
from dagster_project.warehouse.connections import reader
from dagster_project.warehouse.load import load

SCHEMA = pa.schema(
    [
        ("Id", pa.string()),
        ("Цена, ₽", pa.decimal128(18, 2)),
        ("moment", pa.timestamp("us")),
        ("version", pa.int32()),
    ]
)


def deals(version: int, count: int) -> pa.Table:
    return pa.table(
        {
            "Id": [str(i) for i in range(count)],
            "Цена, ₽": [Decimal("1.10")] * count,
            "moment": [datetime(2026, 7, 1, tzinfo=UTC).replace(tzinfo=None)] * count,
            "version": [version] * count,
        },
        schema=SCHEMA,
    )


def source(version: int, count: int = 3, fail: bool = False) -> DltSource:
    """A source of merged `deals`, replaced `rates` and `managers` that it has none of."""

    @dlt.resource(name="deals", primary_key="Id", write_disposition="merge")
    def changed_deals() -> Iterator[pa.Table]:
        yield deals(version, count)
        if fail:
            raise ConnectionError("the CRM hung up")

    @dlt.resource(name="rates", write_disposition="replace")
    def rates() -> Iterator[pa.Table]:
        yield deals(version, count)

    @dlt.resource(name="managers", primary_key="Id", write_disposition="merge")
    def managers() -> Iterator[pa.Table]:
        yield deals(version, 0)

    @dlt.source(name="crm", max_table_nesting=0)
    def crm() -> object:
        return changed_deals, rates, managers

    return crm()


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return get_settings()


def versions(settings: Settings, table: str = "deals") -> list[tuple[int, int]]:
    with reader(settings.warehouse_path) as connection:
        return connection.execute(
            f"select version, count(*) from raw_crm.{table} group by version order by version"
        ).fetchall()


def test_load_reports_and_notes_the_rows_of_each_table(settings: Settings) -> None:
    window = Window(datetime(2026, 6, 30, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
    report = load(source(1), "raw_crm", settings, window)
    assert report.rows == {"deals": 3, "managers": 0, "rates": 3}
    with reader(settings.warehouse_path) as connection:
        noted = connection.execute(
            "select load_id, source, table_name, cast(window_start as varchar), row_count"
            " from ops.loads order by table_name"
        ).fetchall()
    assert noted == [
        (report.load_ids[0], "raw_crm", table, "2026-06-30 00:00:00", count)
        for table, count in report.rows.items()
    ]


def test_load_keeps_names_and_types_and_adds_no_columns(settings: Settings) -> None:
    load(source(1), "raw_crm", settings)
    with reader(settings.warehouse_path) as connection:
        for table in ("deals", "managers"):
            columns = connection.execute(f"describe raw_crm.{table}").fetchall()
            assert [column[:2] for column in columns] == [
                ("Id", "VARCHAR"),
                ("Цена, ₽", "DECIMAL(18,2)"),
                ("moment", "TIMESTAMP WITH TIME ZONE"),
                ("version", "INTEGER"),
            ]
        moment = connection.execute("select max(moment)::timestamp from raw_crm.deals").fetchone()
        tags = connection.execute(
            "select tags from duckdb_databases() where database_name = 'warehouse'"
        ).fetchone()
    assert moment == (datetime.fromisoformat("2026-07-01"),)
    assert tags == ({"storage_version": "v1.5.0+"},)


def test_same_window_twice_changes_nothing(settings: Settings) -> None:
    load(source(1), "raw_crm", settings)
    load(source(1), "raw_crm", settings)
    assert versions(settings) == versions(settings, "rates") == [(1, 3)]


def test_later_version_replaces_rows_by_key(settings: Settings) -> None:
    load(source(1, count=5), "raw_crm", settings)
    load(source(2, count=2), "raw_crm", settings)
    assert versions(settings) == [(1, 3), (2, 2)]
    assert versions(settings, "rates") == [(2, 2)]


def test_load_leaves_nothing_in_the_staging_schema(settings: Settings) -> None:
    load(source(1), "raw_crm", settings)
    with reader(settings.warehouse_path) as connection:
        left = connection.execute("select count(*) from raw_crm_staging.deals").fetchone()
    assert left == (0,)


def test_extraction_that_fails_changes_no_table(settings: Settings) -> None:
    load(source(1), "raw_crm", settings)
    with pytest.raises(PipelineStepFailed, match="the CRM hung up"):
        load(source(2, fail=True), "raw_crm", settings)
    assert versions(settings) == versions(settings, "rates") == [(1, 3)]


def test_load_works_after_the_warehouse_was_deleted(settings: Settings) -> None:
    load(source(1), "raw_crm", settings)
    settings.warehouse_path.unlink()
    assert load(source(2), "raw_crm", settings).rows["deals"] == 3
    assert versions(settings) == [(2, 3)]


KILLED_LOAD = """
import os, sys
from dlt.destinations.sql_client import SqlClientBase
from dlt.destinations.impl.duckdb.sql_client import DuckDbSqlClient
from dagster_project.settings import get_settings
from dagster_project.warehouse.load import load
from tests.unit.warehouse.test_load import source

point, target = sys.argv[1:]
execute = DuckDbSqlClient.execute_sql

def killed_on_the_way(self, sql, *args, **kwargs):
    if point == "before" and target in sql:
        os._exit(9)
    result = execute(self, sql, *args, **kwargs)
    if point == "after" and target in sql:
        os._exit(9)
    return result

DuckDbSqlClient.execute_sql = killed_on_the_way
DuckDbSqlClient.execute_many = lambda self, statements, *args, **kwargs: [
    self.execute_sql(statement, *args, **kwargs) for statement in statements
]
load(source(2), "raw_crm", get_settings())
sys.exit("the load was not killed")
"""


@pytest.mark.parametrize(
    ("point", "target"),
    [
        ("after", 'DELETE FROM "raw_crm"."deals"'),
        ("after", 'INSERT INTO "raw_crm"."deals"'),
    ],
)
def test_load_killed_while_merging_leaves_each_table_whole(
    settings: Settings, point: str, target: str
) -> None:
    load(source(1), "raw_crm", settings)
    killed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLED_LOAD, point, target],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == 9, killed.stderr[-2000:]
    assert versions(settings) == [(1, 3)]
    assert versions(settings, "rates") in ([(1, 3)], [(2, 3)])
    load(source(2), "raw_crm", settings)
    assert versions(settings) == versions(settings, "rates") == [(2, 3)]
