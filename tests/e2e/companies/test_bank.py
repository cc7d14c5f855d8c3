"""BPI Challenge 2012, the loan applications of a bank: stage history in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.companies.nights import night_of, query
from tests.e2e.installation import Installation

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def bank(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return night_of(tmp_path_factory.mktemp("bank"), real_data, "EUR", "bpi_challenge_2012.yml")


def test_bank_funnel_narrows_as_published(bank: Installation) -> None:
    assert query(
        bank,
        "select stage_name, reached from funnel_stages where cohort_month is null"
        " order by stage_number",
    ) == [
        ("Submitted", 13_087),
        ("Pre-accepted", 7_367),
        ("Accepted", 5_113),
        ("Finalized", 5_015),
    ]
    assert query(bank, "select outcome, count(*) from deals group by outcome order by 2 desc") == [
        ("lost", 7_635 + 2_807),
        ("won", 2_246),
        ("open", 399),
    ]
