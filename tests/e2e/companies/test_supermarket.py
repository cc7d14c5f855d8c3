"""Groceries of a supermarket: baskets without dates and prices."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from tests.e2e.companies.nights import night_of, query
from tests.e2e.installation import Installation

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def supermarket(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return night_of(
        tmp_path_factory.mktemp("supermarket"),
        real_data,
        "EUR",
        "groceries.yml",
        decisions='{"bundle_max_size": 6, "bundle_min_support": 0.001, "bundle_min_orders": 1}',
    )


@pytest.mark.parametrize(
    ("support", "confidence", "rules"),
    [("0.001", "0.8", 410), ("0.006", "0.25", 463), ("0.001", "0.5", 5668)],
)
def test_supermarket_bundles_give_the_published_rules(
    supermarket: Installation, support: str, confidence: str, rules: int
) -> None:
    orders = {
        frozenset(products.split("|")): count
        for products, count in query(
            supermarket,
            "select product_ids, orders from bundles union all"
            " select product_id, orders from products where quarter is null",
        )
    }
    assert count_rules(orders, 9835, Fraction(support), Fraction(confidence)) == rules


def test_supermarket_without_prices_has_no_worst_sellers(supermarket: Installation) -> None:
    assert query(
        supermarket,
        "select count(*), count(*) filter (where not_measurable = 'no_amounts'), sum(units),"
        " count(revenue), count(margin), count(average_price), count(rank_overall),"
        " count(rank_in_category), count(abc_revenue), count(growth_previous_quarter),"
        " count(verdict) from products",
    ) == [(169, 169, 43_367, 0, 0, 0, 0, 0, 0, 0, 0)]
    assert query(
        supermarket,
        "select distinct revenue, average_bill, revenue_share, orders, not_measurable from regions"
        " where orders > 0",
    ) == [(None, None, None, 9835, "no_amounts")]
    assert query(supermarket, "select distinct revenue, not_measurable from bundles") == [
        (None, "no_amounts")
    ]


def count_rules(
    orders: dict[frozenset[str], int], baskets: int, support: Fraction, confidence: Fraction
) -> int:
    """Rules {...} => {one product}, each share compared exactly."""
    return sum(
        count >= confidence * orders[products - {product}]
        for products, count in orders.items()
        if len(products) > 1 and count >= support * baskets
        for product in products
    )
