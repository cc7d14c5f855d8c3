"""AdventureWorks, a shop of bicycles without deals."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.companies.nights import night_of, query
from tests.e2e.installation import Installation

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def bicycles(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return night_of(
        tmp_path_factory.mktemp("bicycles"), real_data, "USD", "adventureworks_maven.yml"
    )


def test_shop_without_deals_publishes_its_revenue_and_orders(bicycles: Installation) -> None:
    [(revenue, orders)] = query(
        bicycles,
        "select sum(revenue), sum(orders) from regions where level = 'region' and quarter is null",
    )
    assert round(float(revenue) / 1_000_000, 2) == 24.91
    assert orders == 25_164
    assert query(bicycles, "select count(*) from deals") == [(0,)]
    assert query(bicycles, "select count(*) > 0, max(all_orders) from bundles") == [(True, 25_164)]
