# ruff: noqa: DTZ001 (text as people write it; UTC without a mark, as raw tables have it)
"""The raw tables: their shape, what a load replaces and keeps, capabilities, several mappings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dagster_project.settings import Settings
from dagster_project.sources.base import Window
from dagster_project.sources.canonical import ENTITIES
from dagster_project.sources.files import SOURCE, extract
from dagster_project.sources.files.capabilities import capabilities
from dagster_project.sources.files.errors import MappingError, TooManyRejectedError
from dagster_project.sources.files.prepare import Prepared
from dagster_project.warehouse.connections import reader
from dagster_project.warehouse.load import load
from tests.unit.sources.files.conftest import DEALS, PIPELINE, Company

ALL = Window(None, datetime(2030, 1, 1, tzinfo=UTC))
INCREMENTAL = {
    "file": "deals",
    "incremental": True,
    "columns": DEALS | {"updated_at": "changed"},
}


def mapping(source: str = "company", deals: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "source": source,
        "max_rejected_share": 0.5,
        "files": {"deals": f"{source}.csv"},
        "entities": PIPELINE | {"deals": deals or {"file": "deals", "columns": DEALS}},
    }


@pytest.fixture
def settings(company: Company, tmp_path: Path) -> Callable[..., Settings]:
    def make(*mappings: dict[str, Any]) -> Settings:
        paths = tuple(company.map(one, f"{one['source']}.yml") for one in mappings)
        return Settings(data_dir=tmp_path / "data", sources=("files",), files_mappings=paths)

    return make


def run(settings: Settings, window: Window = ALL) -> None:
    load(extract(window, settings), SOURCE.raw_schema, settings, window)


def ask(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with reader(settings.warehouse_path) as connection:
        return connection.execute(sql).fetchall()


def kept(settings: Settings) -> list[tuple[Any, ...]]:
    return ask(settings, "select source, deal_id, outcome from raw_files.deals order by all")


def arrow(settings: Settings, table: str, window: Window = ALL) -> pa.Table:
    """What one raw table is sent, without a load."""
    return pa.concat_tables(list(extract(window, settings).resources[table]))


def test_raw_tables_have_exactly_the_canonical_columns(
    company: Company, settings: Callable[..., Settings]
) -> None:
    company.write("company.csv", "id,result\n1,won\n")
    one = settings(mapping())
    run(one)
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in ask(
        one,
        "select table_name, column_name, lower(data_type) from duckdb_columns() "
        "where schema_name = 'raw_files' and not table_name like '\\_dlt%' escape '\\' "
        "order by column_index",
    ):
        found.setdefault(table, {})[column] = kind
    expected = {entity.name: {"source": "varchar"} | entity.columns for entity in ENTITIES.values()}
    quarantine = found.pop("quarantine")
    assert found == expected
    assert list(quarantine) == [
        *("source", "entity", "file", "line", "column_name", "value", "reason", "quarantined_row")
    ]
    assert set(SOURCE.tables) == {*expected, "quarantine"}


def test_load_twice_changes_nothing_and_vanished_rows_vanish(
    company: Company, settings: Callable[..., Settings]
) -> None:
    one = settings(mapping())
    company.write("company.csv", "id,result\n1,won\n2,open\n3,x\n")
    run(one)
    run(one)
    assert kept(one) == [("company", "1", "won"), ("company", "2", "open")]
    assert ask(one, "select line, column_name, value from raw_files.quarantine") == [
        (4, "outcome", "x")
    ]
    company.write("company.csv", "id,result\n2,lost\n")
    run(one)
    assert kept(one) == [("company", "2", "lost")]
    assert ask(one, "select count(*) from raw_files.quarantine") == [(0,)]


def test_file_without_rows_empties_its_table(
    company: Company, settings: Callable[..., Settings]
) -> None:
    one = settings(mapping())
    company.write("company.csv", "id,result\n1,won\n")
    run(one)
    company.write("company.csv", "id,result\n")
    run(one)
    assert kept(one) == []


def test_several_mappings_share_the_tables_and_a_removed_one_goes(
    company: Company, settings: Callable[..., Settings]
) -> None:
    company.write("north.csv", "id,result\n1,won\n")
    company.write("south.csv", "id,result\n1,lost\n")
    both = settings(mapping("north"), mapping("south"))
    run(both)
    assert kept(both) == [("north", "1", "won"), ("south", "1", "lost")]
    assert ask(both, "select source from raw_files.source_capabilities order by 1") == [
        ("north",),
        ("south",),
    ]
    run(settings(mapping("south")))
    assert kept(both) == [("south", "1", "lost")]


def test_two_mappings_of_one_source_are_refused(
    company: Company, settings: Callable[..., Settings]
) -> None:
    one = settings(mapping())
    twice = one.model_copy(update={"files_mappings": one.files_mappings * 2})
    with pytest.raises(MappingError, match=r"another mapping is called `source: company`"):
        extract(ALL, twice)


def test_too_many_rejected_rows_touch_nothing(
    company: Company, settings: Callable[..., Settings]
) -> None:
    one = settings(mapping())
    company.write("company.csv", "id,result\n1,won\n")
    run(one)
    company.write("company.csv", "id,result\n1,x\n2,y\n3,won\n")
    with pytest.raises(TooManyRejectedError, match="nothing was loaded"):
        run(one)
    assert kept(one) == [("company", "1", "won")]


DAYS = [
    Window(datetime(2024, 1, day, tzinfo=UTC), datetime(2024, 1, day + 1, tzinfo=UTC))
    for day in (1, 2, 3)
]
CHANGES = """id,result,changed
1,open,2024-01-01 23:59:59
2,won,2024-01-02
3,lost,2024-01-03 00:00:01
4,won,2024-02-01
"""


def test_incremental_window_takes_changes_from_its_start_up_to_its_end(
    company: Company, settings: Callable[..., Settings]
) -> None:
    company.write("company.csv", CHANGES)
    one = settings(mapping(deals=INCREMENTAL))
    taken = [arrow(one, "deals", window)["deal_id"].to_pylist() for window in DAYS]
    assert taken == [["1"], ["2"], ["3"]]
    assert arrow(one, "deals", Window(None, DAYS[0].end))["deal_id"].to_pylist() == ["1"]


def test_incremental_windows_in_any_order_give_the_same_rows(
    company: Company, settings: Callable[..., Settings]
) -> None:
    company.write("company.csv", CHANGES)
    one = settings(mapping(deals=INCREMENTAL))
    for window in (DAYS[2], DAYS[0], DAYS[1], DAYS[0]):
        run(one, window)
    assert [row[1] for row in kept(one)] == ["1", "2", "3"]


def test_incremental_source_keeps_its_rows_beside_a_complete_one(
    company: Company, settings: Callable[..., Settings]
) -> None:
    one = settings(mapping("changes", INCREMENTAL), mapping("full"))
    company.write("changes.csv", CHANGES)
    company.write("full.csv", "id,result\n1,won\n2,won\n")
    run(one)
    company.write("changes.csv", "id,result,changed\n2,lost,2024-03-01\n")
    company.write("full.csv", "id,result\n2,lost\n")
    run(one)
    assert kept(one) == [
        ("changes", "1", "open"),
        ("changes", "2", "lost"),
        ("changes", "3", "lost"),
        ("changes", "4", "won"),
        ("full", "2", "lost"),
    ]


def test_updated_at_without_incremental_sends_the_complete_picture(
    company: Company, settings: Callable[..., Settings]
) -> None:
    """A file that came late holds changes older than tonight's window: they must not be lost."""
    company.write("company.csv", CHANGES)
    one = settings(mapping(deals=INCREMENTAL | {"incremental": False}))
    assert arrow(one, "deals", DAYS[1]).num_rows == 4


def test_spend_without_campaign_keeps_a_key_without_nulls(
    company: Company, settings: Callable[..., Settings]
) -> None:
    company.write("spend.csv", "day,sum\n2024-01-01,10\n2024-01-02,20\n")
    one = settings(
        {
            "source": "company",
            "currency": "EUR",
            "files": {"spend": "spend.csv"},
            "entities": {
                "marketing_spend": {"file": "spend", "columns": {"date": "day", "amount": "sum"}}
            },
        }
    )
    run(one)
    sql = (
        "select region, channel, campaign_id, count(*) from raw_files.marketing_spend group by all"
    )
    assert ask(one, sql) == [("", "", "", 2)]


def test_capabilities_follow_from_what_is_mapped(
    company: Company, settings: Callable[..., Settings]
) -> None:
    company.write("company.csv", "id,result\n1,won\n")
    found = arrow(settings(mapping()), "source_capabilities").to_pylist()[0]
    assert {name for name, value in found.items() if value is True} == set()
    events = [{"deal_id": "1", "stage_id": "new", "entered_at": "2024-01-01", "moved_by": "x"}]
    documents = [{"document_id": "1", "deal_id": "1", "kind": "invoice"}]
    full = mapping(deals={"file": "deals", "columns": DEALS | {"lost_reason_id": "null"}})
    full["entities"] |= {
        "stage_events": {"rows": events},
        "documents": {"rows": documents},
        "order_lines": {"rows": [{"order_id": "1", "line_id": "1"}]},
        "customers": {"rows": [{"customer_id": "1", "region": "North"}]},
        "marketing_spend": {"rows": [{"date": "2024-01-01", "amount": "1", "currency": "EUR"}]},
    }
    found = arrow(settings(full), "source_capabilities").to_pylist()[0]
    assert all(found[name] for name in found if name.startswith("has_"))
    assert found["history_start"] == datetime(2024, 1, 1)


def test_documents_without_invoices_are_no_invoices(
    company: Company, settings: Callable[..., Settings]
) -> None:
    company.write("company.csv", "id,result\n1,won\n")
    one = mapping()
    one["entities"]["documents"] = {
        "rows": [{"document_id": "1", "deal_id": "1", "kind": "proposal"}]
    }
    found = arrow(settings(one), "source_capabilities").to_pylist()[0]
    assert found["has_invoices"] is False


NOW = datetime(2024, 6, 1)


@pytest.mark.parametrize(
    ("text", "setting", "complete_to"),
    [
        ("id,result,made\n1,won,2024-01-31\n2,won,2024-02-29 10:00\n", {}, (2024, 2, 29, 10)),
        ("id,result,made\n1,won,2024-01-31\n2,won,2099-01-01\n", {}, (2024, 1, 31)),
        ("id,result,made\n1,won,\n", {}, (2024, 6, 1)),
        ("id,result,made\n1,won,2024-01-31\n", {"as_of": "2024-03-01"}, (2024, 3, 1)),
    ],
)
def test_complete_to_is_the_latest_moment_that_is_not_in_the_future(
    deals: Callable[..., Prepared],
    text: str,
    setting: dict[str, str],
    complete_to: tuple[int, ...],
) -> None:
    result = deals(text, {"created_at": "made"}, **setting)
    found = capabilities(result, NOW)["complete_to"]
    assert found == datetime(*complete_to)
