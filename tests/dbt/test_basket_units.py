"""Baskets of one order or of a customer's day: the same engine, held to the same counting."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.dbt.basket_core import insert, make_warehouse, query, run_dbt, run_dbt_tests
from tests.dbt.basket_reference import Sets, count_every_subset

MODELS = "intermediate.basket bundles bought_together intermediate.products products"
IDENTITIES = (
    "bundles__pairs_are_counted_as_in_the_order_lines"
    " bundles__are_in_no_more_orders_than_their_parts"
    " bought_together__counts_are_those_of_bundles_and_products"
)
MIN_ORDERS = 3


def _order_lines() -> list[dict[str, Any]]:
    """150 small orders of ten customers in eight days; some lack the customer, some the day."""
    dice = random.Random(11)
    lines = []
    for number in range(150):
        customer = f"shop:c{dice.randrange(10)}" if dice.random() < 0.9 else None
        day = date(2025, 1, 1) + timedelta(dice.randrange(8)) if dice.random() < 0.95 else None
        for product in set(dice.choices("abcdefg", k=dice.randint(1, 3))):
            lines.append(
                {
                    "source": "shop",
                    "order_id": f"shop:{number}",
                    "customer_id": customer,
                    "product_id": f"shop:{product}",
                    "ordered_on": day,
                    "amount": dice.randint(1, 9),
                    "quantity": 1,
                    "is_sold": True,
                    "is_return": False,
                    "is_offered": False,
                }
            )
    return lines


LINES = _order_lines()


def _baskets(unit: str) -> list[set[str]]:
    baskets: defaultdict[object, set[str]] = defaultdict(set)
    for line in LINES:
        customers_day = (line["customer_id"], line["ordered_on"])
        alone = unit == "order" or None in customers_day
        baskets[line["order_id"] if alone else customers_day].add(line["product_id"])
    return list(baskets.values())


@pytest.fixture(scope="module", params=["order", "customer_day"])
def mined(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """The unit of baskets, and a warehouse with what was mined from them."""
    path = tmp_path_factory.mktemp(request.param) / "warehouse.duckdb"
    make_warehouse(path)
    insert(path, "fct_order_lines", LINES)
    insert(
        path,
        "dim_products",
        [
            {"product_id": f"shop:{name}", "source": "shop", "product_name": name, "category": "x"}
            for name in "abcdefg"
        ],
    )
    variables = {
        "basket_unit": request.param,
        "bundle_min_support": 0,
        "bundle_min_orders": MIN_ORDERS,
    }
    run_dbt(path, MODELS, **variables)
    run_dbt_tests(path, IDENTITIES, **variables)
    return request.param, path


def test_bundles_equal_counting_every_subset_of_each_basket(mined: tuple[str, Path]) -> None:
    unit, path = mined
    expected: Sets = {
        products: count
        for products, count in count_every_subset(_baskets(unit), max_size=4).items()
        if len(products) > 1 and count >= MIN_ORDERS
    }
    found = query(path, "select product_ids, orders from marts.bundles")
    assert {frozenset(ids.split("|")): orders for ids, orders in found} == expected
    assert query(path, "select distinct all_orders, basket_unit from marts.bundles") == [
        (len(_baskets(unit)), unit)
    ]


def test_pairs_count_the_baskets_of_each_product(mined: tuple[str, Path]) -> None:
    unit, path = mined
    counts = count_every_subset(_baskets(unit), max_size=2)
    rows = query(
        path,
        "select product_id, with_product_id, orders, product_orders, with_product_orders"
        " from marts.bought_together",
    )
    assert len(rows) == 7 * 6
    for one, other, both, orders, other_orders in rows:
        expected = (counts[frozenset({one, other})], counts[frozenset({one})])
        assert (both, orders) == expected
        assert other_orders == counts[frozenset({other})]


def test_customer_days_are_fewer_and_fuller_than_orders() -> None:
    """The two units differ on this data, so that equal results would be noticed."""
    days, orders = _baskets("customer_day"), _baskets("order")
    assert len(days) < len(orders)
    assert max(map(len, days)) > max(map(len, orders)) == 3
