"""The book's example: the exports are what the script writes, the figures are the book's."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dagster_project.settings import ROOT
from dagster_project.sources.files.mapping_file import load_mapping
from dagster_project.sources.files.prepare import Prepared, prepared
from tests.unit.sources.files.conftest import rows

BOOK = ROOT / "tests" / "mappings" / "book"


@pytest.fixture(scope="module")
def book() -> Iterator[Prepared]:
    with prepared(load_mapping(BOOK / "book.yml")) as result:
        yield result


def _generated() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("make_book", BOOK / "make_book.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    files: dict[str, str] = module.files()
    return files


def test_book_exports_are_what_the_script_writes() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in BOOK.glob("*.csv")}
    assert written == _generated()


def test_book_rejects_nothing(book: Prepared) -> None:
    assert {counted.rejected for counted in book.tallies.values()} == {0}


def test_book_stages_are_reached_as_in_the_book(book: Prepared) -> None:
    reached = rows(
        book,
        "select s.name, count(distinct e.deal_id) as deals from _good_stage_events as e "
        "join _good_stages as s using (stage_id) where s.kind <> 'lost' "
        "group by all order by 2 desc, 1",
    )
    assert [(row["name"], row["deals"]) for row in reached] == [
        ("Potential client", 200),
        ("Interested", 100),
        ("Asked for a proposal", 50),
        ("Signed", 30),
        ("Paid", 25),
        ("Served", 25),
    ]


def test_book_events_of_a_deal_come_one_after_another(book: Prepared) -> None:
    assert rows(
        book,
        "select * from (select *, lead(entered_at) over (partition by deal_id order by sequence) "
        "as next_at from _good_stage_events) where next_at <= entered_at",
    ) == []  # fmt: skip
    assert rows(
        book,
        "select d.deal_id from _good_deals as d left join "
        "(select deal_id, max(entered_at) as last_at, max_by(stage_id, sequence) as last_stage "
        " from _good_stage_events group by 1) as e"
        " using (deal_id) where e.last_stage is distinct from d.stage_id"
        " or (d.closed_at is not null and d.closed_at <> e.last_at)",
    ) == []  # fmt: skip


def _unpaid(book: Prepared) -> dict[str, dict[str, Any]]:
    found = rows(
        book,
        "select d.deal_id, d.outcome, d.lost_reason_id, d.closed_at, k.issued_at as signed_at, "
        "i.sent_at, i.due_at, i.paid_at from _good_deals as d "
        "join _good_documents as k on k.deal_id = d.deal_id and k.kind = 'contract' "
        "left join _good_documents as i on i.deal_id = d.deal_id and i.kind = 'invoice' "
        "where i.paid_at is null order by 1",
    )
    return {row["deal_id"]: row for row in found}


def test_book_each_unpaid_deal_has_a_cause_of_its_own(book: Prepared) -> None:
    unpaid = _unpaid(book)
    assert list(unpaid) == ["D026", "D027", "D028", "D029", "D030"]
    as_of = book.mapping.as_of_utc
    assert as_of is not None
    waits = {
        deal: row["sent_at"] - row["signed_at"] for deal, row in unpaid.items() if row["sent_at"]
    }
    assert unpaid["D026"]["sent_at"] is None
    assert waits.pop("D027") == timedelta(days=24)
    assert all(wait <= timedelta(days=3) for wait in waits.values())
    assert unpaid["D027"]["closed_at"] > unpaid["D027"]["sent_at"]
    assert unpaid["D028"]["lost_reason_id"] == "competitor"
    assert (unpaid["D029"]["outcome"], unpaid["D029"]["due_at"] < as_of) == ("open", True)
    assert (unpaid["D030"]["lost_reason_id"], unpaid["D030"]["due_at"] > as_of) == ("budget", True)


def test_book_paid_deals_got_their_invoice_within_three_days(book: Prepared) -> None:
    found = rows(
        book,
        "select count(*) as deals, max(i.sent_at - k.issued_at) as wait from _good_documents as i "
        "join _good_documents as k on k.deal_id = i.deal_id and k.kind = 'contract' "
        "where i.kind = 'invoice' and i.paid_at is not null",
    )
    assert found == [{"deals": 25, "wait": timedelta(days=3)}]


def test_book_amounts_of_deals_are_the_sums_of_their_lines(book: Prepared) -> None:
    assert rows(
        book,
        "select deal_id from _good_deals as d join (select deal_id, sum(amount) as total "
        "from _good_order_lines group by 1) as l using (deal_id) where d.amount <> l.total",
    ) == []  # fmt: skip
    assert rows(book, "select count(distinct order_id) as n from _good_order_lines") == [{"n": 50}]


def test_book_fixture_stays_small() -> None:
    assert sum(path.stat().st_size for path in Path(BOOK).glob("*.csv")) < 200_000
