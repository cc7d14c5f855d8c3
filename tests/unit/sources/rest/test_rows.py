"""Rows become text columns; missing and short answers are errors a person can act on."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from dagster_project.sources.rest.arrow import Rows
from dagster_project.sources.rest.errors import MissingFieldError, TruncatedAnswerError
from dagster_project.sources.rest.guard import check_against_last, check_against_total
from dagster_project.sources.rest.table import EXTRACTED_AT, GONE, Table

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DEALS = Table("deals", ("id",), ("id", "stage", "amount"), required=("stage",))


def test_every_field_is_text_as_the_crm_wrote_it() -> None:
    made = Rows("crm", DEALS, NOW).arrow(
        [{"id": 1, "stage": "NEW", "amount": 10.50}, {"id": "2", "stage": None, "amount": "10.50"}]
    )
    assert made.to_pylist() == [
        {"id": "1", "stage": "NEW", "amount": "10.5", EXTRACTED_AT: NOW},
        {"id": "2", "stage": None, "amount": "10.50", EXTRACTED_AT: NOW},
    ]


def test_undeclared_fields_are_loaded_nested_ones_as_json() -> None:
    rows = Rows("crm", DEALS, NOW)
    rows.arrow([{"id": 1, "stage": "NEW"}])
    made = rows.arrow([{"id": 2, "stage": "NEW", "tags": ["а", {"b": True}]}])
    assert rows.undeclared == ["tags"]
    assert made.column("tags").to_pylist() == ['["а",{"b":true}]']


def test_no_rows_still_make_every_declared_column() -> None:
    made = Rows("crm", DEALS, NOW).arrow([])
    assert made.num_rows == 0
    assert made.column_names == ["id", "stage", "amount", EXTRACTED_AT]
    assert made.schema.field("id").type == pa.string()
    assert not made.schema.field("id").nullable


def test_owner_tables_say_which_rows_only_mark_that_the_owner_has_none() -> None:
    lines = Table("lines", ("id",), ("id", "deal"), owner="deal")
    made = Rows("crm", lines, NOW).arrow([{"id": 1, "deal": 7}, {"id": -8, "deal": 8, GONE: True}])
    assert made.column(GONE).to_pylist() == [False, True]


@pytest.mark.parametrize(
    ("row", "field"),
    [({"id": 5, "amount": 1}, "stage"), ({"stage": "NEW"}, "id"), ({"id": None, "stage": 1}, "id")],
)
def test_missing_required_field_names_crm_table_field_and_row(
    row: dict[str, object], field: str
) -> None:
    with pytest.raises(MissingFieldError, match=rf"crm: deals .*required field `{field}`") as error:
        Rows("crm", DEALS, NOW).arrow([{"id": 1, "stage": "NEW"}, row])
    assert f"id={row.get('id')!r}" in str(error.value)


@pytest.mark.parametrize(
    ("rows", "last", "short"),
    [(49, 100, True), (50, 100, False), (0, 20, True), (0, 19, False), (0, None, False)],
)
def test_guard_refuses_a_listing_that_shrank_to_less_than_half(
    rows: int, last: int | None, short: bool
) -> None:
    if short:
        with pytest.raises(TruncatedAnswerError, match=f"{rows} rows after {last} the last time"):
            check_against_last("crm", "deals", rows, last)
    else:
        check_against_last("crm", "deals", rows, last)


@pytest.mark.parametrize(
    ("rows", "total", "short"),
    [(989, 1000, True), (990, 1000, False), (50, 130, True), (1, 2, False), (5, None, False)],
)
def test_guard_refuses_fewer_rows_than_the_crm_counts(
    rows: int, total: int | None, short: bool
) -> None:
    if short:
        with pytest.raises(TruncatedAnswerError, match=f"the CRM counts {total}"):
            check_against_total("crm", "deals", rows, total)
    else:
        check_against_total("crm", "deals", rows, total)


def test_table_with_a_key_it_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match=r"deals: \['number'\] are not among its fields"):
        Table("deals", ("number",), ("id",))
