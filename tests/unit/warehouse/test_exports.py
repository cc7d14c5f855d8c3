"""Spreadsheets get the published rows as they are, and no cell that runs as a formula."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dagster_project.settings import Settings
from dagster_project.warehouse.audit import Audit
from dagster_project.warehouse.candidate import candidate_folder
from dagster_project.warehouse.connections import scratch
from dagster_project.warehouse.exports import export_tables
from tests.unit.warehouse.conftest import FAIL


def exported(folder: Path, select: str) -> list[list[str]]:
    with scratch() as connection:
        connection.execute(f"create table t as {select}")
        export_tables(connection, ["t"], folder)
    with (folder / "csv" / "t.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+7 900", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\uff1d1+1", "=cmd|' /C calc'!A0"],
)
def test_text_that_runs_as_a_formula_is_guarded_in_csv_only(tmp_path: Path, cell: str) -> None:
    literal = cell.replace("'", "''")
    assert exported(tmp_path, f"select '{literal}' as c")[1] == ["'" + cell]
    parquet = str(tmp_path / "parquet" / "t.parquet")
    assert duckdb.sql(f"select c from '{parquet}'").fetchall() == [(cell,)]


@pytest.mark.parametrize("cell", ["Ромашка", "a=b", "5-1", "x, y", 'say "hi"', "two\nlines", ""])
def test_other_text_stays_as_it_is(tmp_path: Path, cell: str) -> None:
    assert exported(tmp_path, f"select '{cell}' as c, 1 as i")[1] == [cell, "1"]


def test_numbers_below_zero_stay_numbers(tmp_path: Path) -> None:
    rows = exported(tmp_path, "select -1.50::decimal(9, 2) as a, -3 as b, date '2026-07-01' as d")
    assert rows == [["a", "b", "d"], ["-1.50", "-3", "2026-07-01"]]


def test_null_differs_from_an_empty_text(tmp_path: Path) -> None:
    exported(tmp_path, "select null::varchar as a, '' as b")
    assert (tmp_path / "csv" / "t.csv").read_bytes() == b'a,b\r\n,""\r\n'


def test_every_table_of_a_passed_build_is_exported(
    settings: Settings, build: Callable[..., Audit]
) -> None:
    audit = build("b1")
    tables = ("funnel_stages", "publications", "regions")
    expected = {f"{kind}/{table}.{kind}" for kind in ("csv", "parquet") for table in tables}
    assert audit.files.keys() == expected | {"marts.duckdb", "checks.html"}
    content = (candidate_folder(settings, "b1") / "csv" / "regions.csv").read_text("utf-8")
    assert content.splitlines()[1] == "'=cmd(),1.25,2026-07-01 00:00:00"


def test_a_rejected_build_is_not_exported(build: Callable[..., Audit]) -> None:
    assert build("b1", FAIL).files.keys() == {"marts.duckdb", "checks.html"}
