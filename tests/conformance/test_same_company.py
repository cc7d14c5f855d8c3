"""The same company in any CRM gives the same published tables.

The demo company is put into each CRM through `CrmAdapter.held` (what that CRM can hold of it, said
in canonical terms), served by the fake, extracted by the connector and built by dbt. Beside it the
held company goes straight into the canonical model, by the road of the `files` source. Every
published table must be equal, row for row.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.settings import Settings
from dagster_project.sources import demo
from dagster_project.sources.base import Window
from dagster_project.sources.canonical import ENTITIES
from dagster_project.warehouse.load import load
from dagster_project.warehouse.ops import create_warehouse
from tests.conformance.conftest import ADAPTERS, Bench
from tests.dbt.basket_core import query, run_dbt
from tests.fakes.company import AS_OF, Company

pytestmark = pytest.mark.e2e

DEALS = 600
NOT_OF_THE_COMPANY = {"publications", "metric_dictionary"}
"""Published tables about the pipeline itself."""

NOT_MEASURABLE = {
    "bitrix24": {"has_stage_author", "has_spend"},
}
"""What each CRM says it cannot tell of a company that has everything."""


@pytest.fixture(scope="session")
def demo_company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The demo CRM's canonical tables, read from its own staging models."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("demo"), sources=("demo",), demo_deals=DEALS
    )
    window = Window.everything()
    load(demo.SOURCE.extract(window, settings), demo.SOURCE.raw_schema, settings, window)
    run_dbt(settings.warehouse_path, "staging.demo", **settings.dbt_vars())
    company = Company()
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        for entity in company.tables:
            columns = list(ENTITIES[entity].columns)
            found = connection.execute(
                f"select {', '.join(columns)} from staging.stg_demo__{entity} order by all"
            ).fetchall()
            for row in found:
                values = dict(zip(columns, row, strict=True))
                company.add(entity, **{name: _bare(value) for name, value in values.items()})
    return company


def _bare(value: Any) -> Any:
    return value.removeprefix("demo:") if isinstance(value, str) else value


def write_canonical(path: Path, source: str, company: Company, known: dict[str, Any]) -> None:
    """Write a company's canonical tables as the `files` source would, under the name `source`."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema if not exists raw_files")
        for name, entity in ENTITIES.items():
            columns = {"source": "varchar", **entity.columns}
            typed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
            connection.execute(f"create table raw_files.{name} ({typed})")
            rows = [known] if name == "source_capabilities" else company[name]
            if rows:
                marks = ", ".join("?" for _ in columns)
                connection.executemany(
                    f"insert into raw_files.{name} values ({marks})",
                    [[{"source": source, **row}[column] for column in columns] for row in rows],
                )
        connection.execute(
            "create table raw_files.quarantine (source varchar, entity varchar, file varchar,"
            " line bigint, column_name varchar, value varchar, reason varchar,"
            " quarantined_row varchar)"
        )


def published(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every published table about the company."""
    names = query(
        path,
        "select table_name from information_schema.tables where table_schema = 'marts'"
        " and table_type = 'BASE TABLE' order by 1",
    )
    return {
        name: query(path, f"select * from marts.{name} order by all")
        for (name,) in names
        if name not in NOT_OF_THE_COMPANY
    }


def same(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> bool:
    """Equal; floating point to 9 digits, as sums of it depend on the order of rows."""
    return len(ours) == len(theirs) and all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
        if isinstance(a, float) and isinstance(b, float)
        else a == b
        for a, b in zip(ours, theirs, strict=True)
    )


@pytest.fixture(scope="module", params=ADAPTERS, ids=lambda adapter: adapter.name)
def both(
    request: pytest.FixtureRequest, demo_company: Company, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Two warehouses: the company extracted from the CRM, and the same straight in the model."""
    crm = request.param()
    folder = tmp_path_factory.mktemp(crm.name)
    with pytest.MonkeyPatch.context() as patch, crm.serving(patch):
        crm.fill(demo_company)
        held = crm.held(demo_company)
        crm.write_mapping(folder, held)
        settings = Settings(data_dir=folder / "extracted", mappings_dir=folder, sources=(crm.name,))
        Bench(crm, settings, patch).load(Window(None, AS_OF))
    run_dbt(settings.warehouse_path, "+marts", **settings.dbt_vars())
    (known,) = query(settings.warehouse_path, "select * from crm.crm_source_capabilities")
    names = list(ENTITIES["source_capabilities"].columns)
    straight = Settings(
        data_dir=folder / "straight", sources=("files",), files_mappings=(Path("none"),)
    )
    straight.data_dir.mkdir()
    create_warehouse(straight.warehouse_path)
    capabilities = dict(zip(names, known, strict=True))
    write_canonical(straight.warehouse_path, crm.name, held, capabilities)
    run_dbt(straight.warehouse_path, "+marts", **straight.dbt_vars())
    return settings.warehouse_path, straight.warehouse_path


def test_every_published_table_is_the_same(both: tuple[Path, Path]) -> None:
    extracted, straight = map(published, both)
    assert set(extracted) == set(straight)
    assert sum(map(len, straight.values())) > 5_000
    for table, rows in straight.items():
        differing = [
            (ours, theirs)
            for ours, theirs in zip_longest(extracted[table], rows, fillvalue=())
            if not same(ours, theirs)
        ]
        assert differing == [], table


def test_capabilities_say_what_is_not_measurable(both: tuple[Path, Path]) -> None:
    columns = [name for name in ENTITIES["source_capabilities"].columns if name.startswith("has_")]
    (known,) = query(
        both[0], f"select source, {', '.join(columns)} from crm.crm_source_capabilities"
    )
    lacks = {name for name, has in zip(columns, known[1:], strict=True) if not has}
    assert lacks == NOT_MEASURABLE[known[0]]


def test_extraction_is_complete_to_the_end_of_its_window(both: tuple[Path, Path]) -> None:
    assert query(both[0], "select complete_to from crm.crm_source_capabilities") == [
        (AS_OF.astimezone(UTC).replace(tzinfo=None),)
    ]


def test_funnel_is_the_demo_companys_own(both: tuple[Path, Path], demo_company: Company) -> None:
    """Independent of dbt: deals that count, and won money, are those of the demo CRM itself."""
    live = [row for row in demo_company["deals"] if not row["is_deleted"]]
    won = sum(1 for row in live if row["outcome"] == "won")
    found = query(both[0], "select count(*), count(*) filter (outcome = 'won') from core.fct_deals")
    assert found == [(len(live), won)]
    latest: datetime = max(row["entered_at"] for row in demo_company["stage_events"])
    assert query(both[0], "select max(entered_at) from crm.crm_stage_events") == [(latest,)]
