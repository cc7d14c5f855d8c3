"""Olist, a marketplace: leads in one export, orders in another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.companies.nights import night_of, query
from tests.e2e.installation import Installation

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def marketplace(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return night_of(
        tmp_path_factory.mktemp("marketplace"),
        real_data,
        "BRL",
        "olist_marketing_funnel.yml",
        "olist_sample_10k.yml",
    )


def test_marketplace_wins_a_tenth_of_its_leads(marketplace: Installation) -> None:
    [(reached, passed, conversion)] = query(
        marketplace,
        "select reached, passed, conversion from funnel_stages"
        " where source like 'olist%' and cohort_month is null and stage_number = 1",
    )
    assert (reached, passed) == (8000, 842)
    assert conversion == pytest.approx(0.10525)


def test_marketplace_leads_by_origin_are_the_published_ones(marketplace: Installation) -> None:
    origins = query(
        marketplace,
        "select lead_source, count(*), count(*) filter (where outcome = 'won') from deals"
        " group by lead_source order by 2 desc limit 3",
    )
    assert origins == [
        ("organic_search", 2296, 271),
        ("paid_search", 1586, 195),
        ("social", 1350, 75),
    ]


def test_marketplace_revenue_is_the_price_of_its_orders(marketplace: Installation) -> None:
    assert [
        float(value)
        for (value,) in query(
            marketplace,
            "select sum(revenue) from regions where level = 'region' and quarter is null",
        )
    ] == [1_389_602.03]
