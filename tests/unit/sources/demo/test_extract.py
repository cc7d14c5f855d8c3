"""The extraction's promises: determinism, windows, incremental loads, and what dlt makes of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from dagster_project.settings import Settings
from dagster_project.sources.base import Window
from dagster_project.sources.demo import SOURCE, tables
from dagster_project.sources.demo.extract import pages
from dagster_project.sources.demo.story import story
from dagster_project.sources.demo.world import SLICE_DEALS, World
from dagster_project.warehouse.load import load

from .conftest import AS_OF, extracted

SMALL = 1_500
EARLIER = datetime(2025, 10, 15, tzinfo=UTC)
BOUNDS = [
    datetime(2020, 1, 1, tzinfo=UTC),
    datetime(2024, 9, 1, tzinfo=UTC),
    datetime(2024, 9, 2, tzinfo=UTC),
    datetime(2025, 5, 7, 13, 30, tzinfo=UTC),
    EARLIER,
    AS_OF,
]


def keyed(table: tables.RawTable, rows: pa.Table) -> dict[tuple[object, ...], tuple[object, ...]]:
    columns = [rows.column(name).to_pylist() for name in table.columns]
    keys = zip(*(rows.column(name).to_pylist() for name in table.key), strict=True)
    return dict(zip(keys, zip(*columns, strict=True), strict=True))


def test_extraction_is_the_same_every_time() -> None:
    once = extracted(SMALL, 7, AS_OF)
    story.cache_clear()
    extracted.cache_clear()
    again = extracted(SMALL, 7, AS_OF)
    assert once is not again
    assert once == again


def test_extraction_differs_by_seed() -> None:
    one, other = extracted(SMALL, 7, AS_OF), extracted(SMALL, 8, AS_OF)
    for name in ("deals", "deal_stage_history", "order_items", "clients", "goods"):
        assert one[name] != other[name], name


@pytest.mark.parametrize("table", tables.TABLES, ids=lambda table: table.name)
def test_windows_in_any_order_are_everything_at_once(table: tables.RawTable) -> None:
    world, as_of = World(SMALL, 7), int(AS_OF.timestamp())
    windows = [Window(start, end) for start, end in pairwise(BOUNDS)]
    random.Random(1).shuffle(windows)
    merged: dict[tuple[object, ...], tuple[object, ...]] = {}
    found = 0
    for window in windows:
        rows = pa.concat_tables(pages(table, world, as_of, window))
        found += rows.num_rows
        merged |= keyed(table, rows)
    whole = pa.concat_tables(pages(table, world, as_of, Window(None, AS_OF + timedelta(days=1))))
    assert merged == keyed(table, whole)
    if table is not tables.ACCOUNT:  # sent with every window
        assert found == whole.num_rows, "a row belongs to exactly one window"


@pytest.mark.parametrize("table", tables.TABLES, ids=lambda table: table.name)
def test_nightly_increments_catch_every_change(table: tables.RawTable) -> None:
    """What was loaded at an earlier moment plus the changes since is what a full load gives now.

    Rows of deals the CRM has since removed stay behind in raw; the deletion log names them.
    """
    before = extracted(SMALL, 7, EARLIER)[table.name]
    changes = extracted(SMALL, 7, AS_OF, Window(EARLIER, AS_OF))[table.name]
    now = extracted(SMALL, 7, AS_OF)
    merged = keyed(table, before) | keyed(table, changes)
    removed = set(now["deletion_log"].column("entity_id").to_pylist())
    whole = keyed(table, now[table.name])
    left_behind = merged.keys() - whole.keys()
    columns = list(table.columns)
    for key in left_behind:
        row = dict(zip(columns, merged[key], strict=True))
        deal = row["id"] if table is tables.DEALS else row["deal_id"]
        assert deal in removed
    assert {key: merged[key] for key in whole} == whole


def test_a_bigger_company_is_cut_into_slices_with_keys_of_their_own() -> None:
    deals = SLICE_DEALS + 500
    assert World(deals, 3).slices == 2
    found = extracted(deals, 3, AS_OF)
    for table in tables.TABLES:
        rows = found[table.name]
        distinct = rows.group_by(list(table.key)).aggregate([])
        assert distinct.num_rows == rows.num_rows, table.name
    ids = found["deals"].column("id").to_pylist()
    assert max(ids) == deals
    assert len(ids) > 0.98 * deals


@pytest.mark.parametrize("deals", [100, 101, 237])
def test_the_smallest_companies_live_too(deals: int) -> None:
    found = extracted(deals, 5, AS_OF)
    assert found["deals"].num_rows > 0.9 * deals
    assert found["order_items"].num_rows > deals


def test_before_its_history_the_crm_shows_only_reference_data() -> None:
    found = extracted(SMALL, 7, datetime(2024, 7, 1, tzinfo=UTC))
    for name in ("deals", "deal_stage_history", "order_items", "documents", "deletion_log"):
        assert found[name].num_rows == 0, name
        assert found[name].schema == next(t for t in tables.TABLES if t.name == name).schema
    assert found["users"].num_rows > 0
    assert found["clients"].num_rows > 0


def test_an_empty_window_still_sends_every_table_and_the_account() -> None:
    window = Window(datetime(2019, 1, 1, tzinfo=UTC), datetime(2019, 1, 2, tzinfo=UTC))
    found = extracted(SMALL, 7, AS_OF, window)
    assert {name for name, rows in found.items() if rows.num_rows} == {"account"}
    assert set(found) == set(SOURCE.tables)
    complete_to = found["account"].column("complete_to").to_pylist()
    assert complete_to == [AS_OF], "an old window does not move the moment back"


@contextmanager
def loaded(window: Window, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    settings = Settings(data_dir=folder, demo_deals=SMALL, demo_as_of=AS_OF, _env_file=None)
    load(SOURCE.extract(window, settings), SOURCE.raw_schema, settings, window)
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def test_dlt_makes_every_table_from_a_window_without_rows(tmp_path: Path) -> None:
    window = Window(datetime(2019, 1, 1, tzinfo=UTC), datetime(2019, 1, 2, tzinfo=UTC))
    with loaded(window, tmp_path) as connection:
        for table in tables.TABLES:
            described = connection.execute(f"describe raw_demo.{table.name}").fetchall()
            assert [row[0] for row in described] == list(table.columns), table.name


def test_dlt_merges_a_repeated_window_into_the_same_rows(tmp_path: Path) -> None:
    half = Window(None, datetime(2025, 6, 1, tzinfo=UTC))
    for window in (half, Window.everything()):
        with loaded(window, tmp_path):
            pass
    expected = extracted(SMALL, 7, AS_OF)
    with loaded(Window(half.start, AS_OF), tmp_path) as connection:
        for table in tables.TABLES:
            rows = connection.sql(f"from raw_demo.{table.name}").to_arrow_table()
            assert rows.num_rows == expected[table.name].num_rows, table.name
            assert rows.column_names == list(table.columns)
            connection.register("expected_rows", expected[table.name])
            columns = ", ".join(table.columns)
            differing = connection.execute(
                f"select {columns} from raw_demo.{table.name} except all select {columns} "
                "from expected_rows"
            ).fetchall()
            assert differing == [], table.name
