"""Northwind, a trading company: orders, customers abroad, discounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.companies.nights import night_of, query
from tests.e2e.installation import Installation

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def trader(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return night_of(tmp_path_factory.mktemp("trader"), real_data, "USD", "northwind.yml")


def test_trader_publishes_every_order_and_its_revenue(trader: Installation) -> None:
    [(revenue, orders)] = query(
        trader,
        "select sum(revenue), sum(orders) from regions where level = 'region' and quarter is null",
    )
    assert (float(revenue), orders) == (1_265_792.76, 830)
