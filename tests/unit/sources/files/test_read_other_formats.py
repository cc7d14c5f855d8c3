# ruff: noqa: DTZ001 (text as people write it; UTC without a mark, as raw tables have it)
"""JSON, JSON lines, XLSX and Parquet become the same kind of text table as CSV."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dagster_project.sources.files.errors import FileError
from tests.unit.sources.files.conftest import Company

ORDERS = [
    {"id": 1234567890123456789, "paid": True, "sum": 0.10, "lines": [{"sku": "A"}], "note": None},
    {"id": 2, "who": {"city": "Lódź"}, "sum": 12.5},
]


def _values(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if not key.startswith("_")}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_list_becomes_columns_of_text(company: Company, encoding: str) -> None:
    company.write("a.json", json.dumps(ORDERS, ensure_ascii=False), encoding)
    first, second = company.table("a.json")
    assert _values(first) == {
        "id": "1234567890123456789",
        "paid": "true",
        "sum": "0.1",
        "lines": '[{"sku":"A"}]',
        "note": None,
        "who": None,
    }
    assert second["who"] == '{"city":"Lódź"}'


def test_json_list_inside_a_document_is_found(company: Company) -> None:
    company.write("a.json", json.dumps({"result": {"items": ORDERS}, "total": 2}))
    assert len(company.table({"path": "a.json", "records": "result.items"})) == 2


def test_json_empty_list_has_no_rows(company: Company) -> None:
    company.write("a.json", json.dumps({"items": []}))
    assert company.table({"path": "a.json", "records": "items"}) == []


@pytest.mark.parametrize(
    ("content", "settings", "message"),
    [
        ('{"items": []}', {"records": "rows"}, "there is no list at `rows`"),
        ('{"items": [1]}', {"records": "items"}, "no objects"),
        ("[{", {}, "a list inside a document set `records`|list of JSON objects"),
        ("no json", {}, "list of JSON objects"),
    ],
)
def test_json_that_is_no_list_of_objects_says_what_to_do(
    company: Company, content: str, settings: dict[str, str], message: str
) -> None:
    company.write("a.json", content)
    with pytest.raises(FileError, match=message):
        company.table({"path": "a.json"} | settings)


def test_jsonl_line_that_is_no_object_is_rejected_alone(company: Company) -> None:
    company.write("deals.jsonl", '{"id": 1}\n\n{"id": 2\n[3]\n{"id": 4, "n": "a\\nb"}\n')
    result = company.prepare(
        {
            "max_rejected_share": 1,
            "files": {"deals": "deals.jsonl"},
            "entities": {
                "pipelines": {"rows": [{"pipeline_id": "p", "name": "P"}]},
                "deals": {"file": "deals", "columns": {"deal_id": "id", "outcome": "'open'"}},
            },
        }
    )
    connection = result.space.connection
    assert connection.execute("select deal_id from _good_deals order by 1").fetchall() == [
        ("1",),
        ("4",),
    ]
    assert connection.execute(
        "select line, value, reason from _quarantine order by line"
    ).fetchall() == [
        (3, '{"id": 2', "the line is no JSON object"),
        (4, "[3]", "the line is no JSON object"),
    ]


def _workbook(path: Path, rows: list[list[Any]], title: str = "Deals") -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    workbook.save(path)


def test_xlsx_cells_become_the_text_a_person_would_type(company: Company) -> None:
    path = company.write("a.xlsx", b"")
    _workbook(
        path,
        [
            ["id", "amount", "share", "at", "day", "ok", "note", None],
            ["007", 1054.0, 0.1, datetime(2021, 4, 15, 0, 2), date(2021, 4, 15), True, " Ёлка "],
            [None] * 7,
            ["1234567890123456789", 2, -1.5, None, None, False, "a\nb"],
        ],
    )
    first, second = company.table("a.xlsx")
    assert _values(first) == {
        "id": "007",
        "amount": "1054",
        "share": "0.1",
        "at": "2021-04-15 00:02:00",
        "day": "2021-04-15 00:00:00",
        "ok": "true",
        "note": " Ёлка ",
    }
    assert (second["id"], second["share"], second["_record"]) == ("1234567890123456789", "-1.5", 3)


def test_xlsx_number_that_excel_cut_short_rejects_its_row(company: Company) -> None:
    path = company.write("deals.xlsx", b"")
    _workbook(path, [["Report"], ["id"], ["1"], [1.234567890123457e18], ["3"]])
    result = company.prepare(
        {
            "max_rejected_share": 1,
            "files": {"deals": {"path": "deals.xlsx", "skip_rows": 1}},
            "entities": {
                "pipelines": {"rows": [{"pipeline_id": "p", "name": "P"}]},
                "deals": {"file": "deals", "columns": {"deal_id": "id", "outcome": "'open'"}},
            },
        }
    )
    found = result.space.connection.execute("select line, reason from _quarantine").fetchall()
    assert [line for line, _ in found] == [4]
    assert "more than 15 digits" in found[0][1]


def test_xlsx_sheet_is_chosen_by_name(company: Company) -> None:
    path = company.write("a.xlsx", b"")
    _workbook(path, [["id"], ["1"]], title="Сделки")
    assert len(company.table({"path": "a.xlsx", "sheet": "Сделки"})) == 1
    with pytest.raises(FileError, match=r"no sheet 'Deals'; it has: Сделки"):
        company.table({"path": "a.xlsx", "sheet": "Deals"})


def test_xlsx_that_is_no_workbook_says_so(company: Company) -> None:
    company.write("a.xlsx", "id;note\n1;x\n")
    with pytest.raises(FileError, match=r"a\.xlsx: is no XLSX workbook"):
        company.table("a.xlsx")


def test_parquet_values_become_text(company: Company) -> None:
    path = company.write("a.parquet", b"")
    table = pa.table(
        {
            "id": pa.array([9223372036854775807], pa.int64()),
            "amount": pa.array([Decimal("3.50")], pa.decimal128(10, 2)),
            "at": pa.array([datetime(2021, 4, 15, 0, 2)], pa.timestamp("us", tz="UTC")),
            "tags": [["a", "b"]],
            "nothing": pa.array([None], pa.string()),
        }
    )
    pq.write_table(table, path)
    assert _values(company.table("a.parquet", time_zone="Europe/Moscow")[0]) == {
        "id": "9223372036854775807",
        "amount": "3.50",
        "at": "2021-04-15 03:02:00+03",
        "tags": '["a","b"]',
        "nothing": None,
    }


def test_parquet_that_is_none_says_so(company: Company) -> None:
    company.write("a.parquet", "id\n1\n")
    with pytest.raises(FileError, match=r"a\.parquet: is no Parquet file"):
        company.table("a.parquet")


def test_format_that_the_name_does_not_tell_is_asked_for(company: Company) -> None:
    company.write("export.dat", "id\n1\n")
    with pytest.raises(FileError, match=r"export\.dat: the name does not tell its `format`"):
        company.table("export.dat")
    assert company.table({"path": "export.dat", "format": "csv"})[0]["id"] == "1"
