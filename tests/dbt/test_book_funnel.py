"""The book's example through all of dbt: its figures, and the five who signed and did not pay."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.settings import ROOT, Settings
from dagster_project.sources.base import Window
from dagster_project.sources.files import SOURCE
from dagster_project.warehouse.load import load
from tests.dbt.basket_core import query, run_dbt


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("book"),
        sources=("files",),
        files_mappings=(ROOT / "tests" / "mappings" / "book" / "book.yml",),
    )
    window = Window.everything()
    load(SOURCE.extract(window, settings), SOURCE.raw_schema, settings, window)
    run_dbt(
        settings.warehouse_path,
        "+funnel_stages +funnel_flow +funnel_bridge +stalled_deals +payment_gaps",
        **settings.dbt_vars(),
    )
    return settings.warehouse_path


def test_book_funnel_narrows_as_in_the_book(book: Path) -> None:
    rows = query(
        book,
        "select stage_name, reached, passed, round(conversion, 3) from marts.funnel_stages"
        " where cohort_month is null order by stage_number",
    )
    assert rows == [
        ("Potential client", 200, 100, 0.5),
        ("Interested", 100, 50, 0.5),
        ("Asked for a proposal", 50, 30, 0.6),
        ("Signed", 30, 25, 0.833),
        ("Paid", 25, 25, 1.0),
    ]


def test_book_five_who_signed_and_did_not_pay_are_explained_one_by_one(book: Path) -> None:
    rows = query(
        book,
        "select deal_id, outcome, cause, invoice_was_late, days, invoice_wait_days,"
        " late_after_days, late_after_n, manager_name, amount"
        " from marts.payment_gaps order by deal_id",
    )
    assert [(*row[:4], round(row[4]), *row[5:]) for row in rows] == [
        # Lost a week after signing, nobody ever sent an invoice.
        ("book:D026", "lost", "invoice_not_sent", True, 7, None, 3, 25, "Vera Sokolova", 370_000),
        # The invoice came after 24 days; nine tenths of those who paid had it within 3.
        ("book:D027", "lost", "invoice_sent_late", True, 30, 24, 3, 25, "Gleb Titov", 365_000),
        ("book:D028", "lost", "competitor", False, 9, 2, 3, 25, "Anna Orlova", 40_000),
        ("book:D029", "open", "invoice_overdue", False, 150, 3, 3, 25, "Boris Petrov", 170_000),
        # The budget was cut before the invoice fell due.
        ("book:D030", "lost", "other_reason", False, 6, 1, 3, 25, "Vera Sokolova", 280_000),
    ]


def test_book_thirty_signed_are_twenty_five_paid_and_the_five_gaps(book: Path) -> None:
    assert query(
        book,
        "select sum(entered), sum(advanced), sum(lost), max(closing) filter (where not is_over)"
        " from marts.funnel_flow where stage_name = 'Signed'",
    ) == [(30, 25, 4, 1)]
    assert query(book, "select count(*) from marts.payment_gaps") == [(5,)]


def test_book_bridge_ends_with_twenty_five_served(book: Path) -> None:
    lines = dict(
        query(
            book,
            "select line, sum(deals) from marts.funnel_bridge where deals <> 0 group by line",
        )
    )
    later = lines.pop("cohort_won_in_later_months")
    assert lines.pop("won_from_older_cohorts") == -later
    assert lines == {
        "wins_in_month": 25,
        "wins_of_cohort": 25,
        "cohort_still_open": 1,
        "cohort_lost": 174,
        "deals_of_cohort": 200,
    }


def test_book_only_open_deal_is_the_one_that_stalls(book: Path) -> None:
    rows = query(book, "select deal_id, stage_name, threshold_n from marts.stalled_deals")
    assert rows == [("book:D029", "Signed", 25)]
