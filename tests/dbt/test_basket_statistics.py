"""Measures of `bought_together` against SciPy, and the order its companions come in."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import false_discovery_control, hypergeom

from tests.dbt.basket_core import insert_baskets, make_warehouse, query, run_dbt
from tests.dbt.basket_reference import read_groceries


def _linked_baskets() -> list[set[str]]:
    """Two products that are nearly always together, two that avoid each other, and noise."""
    dice = random.Random(11)
    baskets = []
    for _ in range(3000):
        basket = {f"p{n}" for n in range(12) if dice.random() < 0.02 + 0.03 * n}
        if "p11" in basket and dice.random() < 0.9:
            basket.add("p0")
        if "p10" in basket:
            basket.discard("p9")
        basket.add("always")
        baskets.append(basket)
    return baskets


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Every pair of the linked baskets, both ways round."""
    path = tmp_path_factory.mktemp("linked") / "warehouse.duckdb"
    make_warehouse(path)
    insert_baskets(path, _linked_baskets())
    return _pairs(path)


def _pairs(path: Path) -> list[dict[str, Any]]:
    run_dbt(
        path,
        "intermediate.basket bought_together",
        bundle_min_support=0,
        bundle_min_orders=1,
        bundle_max_size=2,
        bought_together_per_product=1000,
    )
    columns = (
        "product_id, with_product_id, place, orders, product_orders, with_product_orders,"
        " all_orders, support, confidence, lift, leverage, conviction, p_value, q_value"
    )
    rows = query(path, f"select {columns} from marts.bought_together order by product_id, place")
    return [dict(zip(columns.split(", "), row, strict=True)) for row in rows]


def _fisher(pair: dict[str, Any]) -> float:
    return float(
        hypergeom.sf(
            pair["orders"] - 1,
            pair["all_orders"],
            pair["product_orders"],
            pair["with_product_orders"],
        )
    )


def test_p_value_equals_fishers_exact_test(pairs: list[dict[str, Any]]) -> None:
    assert len(pairs) > 100
    np.testing.assert_allclose(
        [pair["p_value"] for pair in pairs],
        [_fisher(pair) for pair in pairs],
        rtol=1e-7,
        atol=1e-300,
    )
    p_values = [pair["p_value"] for pair in pairs]
    assert min(p_values) < 1e-100
    assert max(p_values) == 1


def test_q_value_equals_benjamini_hochberg_over_listed_and_unlisted_pairs(
    pairs: list[dict[str, Any]],
) -> None:
    once = {frozenset((pair["product_id"], pair["with_product_id"])): pair for pair in pairs}
    products = {pair["product_id"] for pair in pairs}
    comparisons = len(products) * (len(products) - 1) // 2
    assert comparisons > len(once), "some pair must be too rare to be listed"
    unlisted = [1.0] * (comparisons - len(once))
    expected = false_discovery_control([pair["p_value"] for pair in once.values()] + unlisted)
    np.testing.assert_allclose(
        [pair["q_value"] for pair in once.values()], expected[: len(once)], rtol=1e-9, atol=1e-300
    )


def test_measures_follow_from_the_counts(pairs: list[dict[str, Any]]) -> None:
    for pair in pairs:
        share = pair["product_orders"] / pair["all_orders"]
        with_share = pair["with_product_orders"] / pair["all_orders"]
        support = pair["orders"] / pair["all_orders"]
        confidence = pair["orders"] / pair["product_orders"]
        assert pair["support"] == pytest.approx(support)
        assert pair["confidence"] == pytest.approx(confidence)
        assert pair["lift"] == pytest.approx(support / (share * with_share))
        assert pair["leverage"] == pytest.approx(support - share * with_share)
        if confidence == 1:
            assert pair["conviction"] is None
        else:
            assert pair["conviction"] == pytest.approx((1 - with_share) / (1 - confidence))


def test_companions_come_by_q_value_then_lift(pairs: list[dict[str, Any]]) -> None:
    for product in {pair["product_id"] for pair in pairs}:
        ranked = [pair for pair in pairs if pair["product_id"] == product]
        assert [pair["place"] for pair in ranked] == list(range(1, len(ranked) + 1))
        keys = [(pair["q_value"], -pair["lift"]) for pair in ranked]
        assert keys == sorted(keys)


def test_p_values_of_groceries_equal_fishers_exact_test(real_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    make_warehouse(path)
    insert_baskets(path, read_groceries(real_data))
    pairs = _pairs(path)
    assert len(pairs) == 2 * 9636
    np.testing.assert_allclose(
        [pair["p_value"] for pair in pairs],
        [_fisher(pair) for pair in pairs],
        rtol=1e-6,
        atol=1e-300,
    )
