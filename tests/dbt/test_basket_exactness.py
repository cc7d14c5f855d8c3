"""`bundles` holds exactly the sets, counts and flags of other miners and published figures."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest

from tests.dbt.basket_core import insert_baskets, make_warehouse, query, run_dbt
from tests.dbt.basket_reference import (
    Sets,
    closed,
    count_every_subset,
    maximal,
    mine_with_fpgrowth,
    read_fimi,
    read_groceries,
)

MODELS = "intermediate.basket bundles product_periods"


def _mine(folder: Path, baskets: dict[str, list[set[str]]], **variables: object) -> Path:
    path = folder / "warehouse.duckdb"
    make_warehouse(path)
    for source, its_baskets in baskets.items():
        insert_baskets(path, its_baskets, source)
    run_dbt(path, MODELS, **variables)
    return path


def _published(path: Path, source: str, where: str = "true") -> Sets:
    rows = query(
        path,
        f"select product_ids, orders from marts.bundles where source = '{source}' and {where}",
    )
    return {_names(product_ids): orders for product_ids, orders in rows}


def _names(product_ids: str) -> frozenset[str]:
    return frozenset(product_id.split(":", 1)[1] for product_id in product_ids.split("|"))


def _single_orders(path: Path) -> Sets:
    rows = query(
        path, "select product_id, orders from intermediate.product_periods where is_all_time"
    )
    return {_names(product_id): orders for product_id, orders in rows}


def _rule_sizes(
    sets: Sets, baskets: int, support: Fraction, confidence: Fraction
) -> dict[int, int]:
    """How many rules {...} => {one product} there are, by number of products."""
    sizes: dict[int, int] = {}
    for products, orders in sets.items():
        if len(products) < 2 or orders < support * baskets:
            continue
        for product in products:
            if orders >= confidence * sets[products - {product}]:
                sizes[len(products)] = sizes.get(len(products), 0) + 1
    return sizes


@pytest.fixture(scope="module")
def groceries(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _mine(
        tmp_path_factory.mktemp("groceries"),
        {"shop": read_groceries(real_data)},
        bundle_max_size=6,
        bundle_min_support=0.001,
        bundle_min_orders=1,
    )


@pytest.mark.parametrize(
    ("support", "confidence", "rules"),
    [
        ("0.001", "0.8", {3: 29, 4: 229, 5: 140, 6: 12}),
        ("0.006", "0.25", {2: 150, 3: 297, 4: 16}),
        ("0.001", "0.5", {2: 11, 3: 1461, 4: 3211, 5: 939, 6: 46}),
    ],
)
def test_bundles_of_groceries_give_the_published_rules(
    groceries: Path, support: str, confidence: str, rules: dict[int, int]
) -> None:
    sets = _published(groceries, "shop") | _single_orders(groceries)
    assert _rule_sizes(sets, 9835, Fraction(support), Fraction(confidence)) == rules


def test_bundles_of_groceries_equal_fpgrowth(groceries: Path, real_data: Path) -> None:
    expected = mine_with_fpgrowth(read_groceries(real_data), min_orders=10, max_size=6)
    pairs_up = {products: n for products, n in expected.items() if len(products) > 1}
    assert _published(groceries, "shop") == pairs_up
    assert len(pairs_up) == 2981 + 6831 + 3137 + 376 + 10


@pytest.mark.parametrize(
    # mushroom: 565 and 140 without the empty set; fpgrowth below and an Eclat by hand agree
    ("name", "support", "max_size", "figures"),
    [
        ("mushroom", 0.4, 8, (565, 140, 41)),
        ("T10I4D100K", 0.01, 4, (385, 385, 370)),
        ("T10I4D100K", 0.005, 8, (1073, 1073, 585)),
    ],
)
def test_itemsets_equal_the_published_numbers_and_fpgrowth(
    real_data: Path,
    tmp_path: Path,
    name: str,
    support: float,
    max_size: int,
    figures: tuple[int, int, int],
) -> None:
    baskets = read_fimi(real_data, name)
    path = _mine(
        tmp_path,
        {"shop": baskets},
        bundle_max_size=max_size,
        bundle_min_support=support,
        bundle_min_orders=1,
    )
    all_sizes = query(
        path,
        "select count(*), count(*) filter (where is_closed), count(*) filter (where is_maximal)"
        " from intermediate.itemsets",
    )
    assert all_sizes == [figures]
    min_orders = -(-len(baskets) * Fraction(str(support)) // 1)
    expected = mine_with_fpgrowth(baskets, int(min_orders), max_size)
    assert _published(path, "shop") == {s: n for s, n in expected.items() if len(s) > 1}


def test_itemsets_of_rare_products_equal_fpgrowth_but_for_those_over_the_largest_size(
    real_data: Path, tmp_path: Path
) -> None:
    """T10I4D100K at 0.1 % has the published 27,532 itemsets, 25 of them of more than 8 products."""
    baskets = read_fimi(real_data, "T10I4D100K")
    expected = mine_with_fpgrowth(baskets, min_orders=100, max_size=20)
    assert len(expected) == 27_532
    path = _mine(
        tmp_path,
        {"shop": baskets},
        bundle_max_size=8,
        bundle_min_support=0.001,
        bundle_min_orders=1,
    )
    assert query(path, "select count(*) from intermediate.itemsets") == [(27_532 - 25,)]
    assert _published(path, "shop") == {s: n for s, n in expected.items() if 1 < len(s) <= 8}


def test_small_itemsets_of_dense_baskets_equal_fpgrowth(real_data: Path, tmp_path: Path) -> None:
    """Mushroom at 20 % has sets of up to 15 products; those of up to 4 are listed, and right."""
    baskets = read_fimi(real_data, "mushroom")
    expected = mine_with_fpgrowth(baskets, min_orders=1625, max_size=5)
    path = _mine(
        tmp_path,
        {"shop": baskets},
        bundle_max_size=4,
        bundle_min_support=0.2,
        bundle_min_orders=1,
    )
    assert _published(path, "shop") == {s: n for s, n in expected.items() if 1 < len(s) <= 4}
    for flag, flagged in (("is_closed", closed(expected)), ("is_maximal", maximal(expected))):
        assert set(_published(path, "shop", flag)) == {s for s in flagged if 1 < len(s) <= 4}


def _random_baskets(seed: int) -> list[set[str]]:
    """Baskets with ties, rules without exception, empty ones and ones of a single product."""
    dice = random.Random(seed)
    products = [f"p{n}" for n in range(dice.randint(2, 9))]
    weights = [dice.random() for _ in products]
    baskets = [
        set(dice.choices(products, weights, k=dice.randint(0, 6)))
        for _ in range(dice.randint(1, 40))
    ]
    if dice.random() < 0.5:
        for basket in baskets:
            if products[0] in basket:
                basket.add(products[1])
    return baskets


SMALL = {f"s{seed}": _random_baskets(seed) for seed in range(60)}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty small companies side by side; sources never mix, so one run mines them all."""
    return _mine(
        tmp_path_factory.mktemp("small"),
        SMALL,
        bundle_max_size=4,
        bundle_min_support=0,
        bundle_min_orders=2,
    )


@pytest.mark.parametrize("source", SMALL)
def test_bundles_of_small_baskets_equal_counting_every_subset(small: Path, source: str) -> None:
    counted = count_every_subset(SMALL[source], max_size=5)
    frequent = {products: n for products, n in counted.items() if n >= 2}
    listed = {products for products in frequent if 2 <= len(products) <= 4}
    assert _published(small, source) == {products: frequent[products] for products in listed}
    assert set(_published(small, source, "is_closed")) == closed(frequent) & listed
    assert set(_published(small, source, "is_maximal")) == maximal(frequent) & listed


CUT = {"bundle_max_size": 4, "bundle_min_orders": 2}


@pytest.fixture(
    scope="module",
    params=[
        {"bundle_max_sets": 12, "bundle_max_rows": 10**9},
        {"bundle_max_sets": 10**9, "bundle_max_rows": 700},
        {"bundle_max_sets": 10**9, "bundle_max_rows": 10**9},
    ],
    ids=["sets limited", "rows limited", "no limit"],
)
def automatic(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, int]]:
    path = _mine(tmp_path_factory.mktemp("cut"), {"s1": DENSE}, **CUT, **request.param)
    return path, request.param


def _dense_baskets() -> list[set[str]]:
    """Sixty usual baskets, and three huge ones of rare products that make most of the pairs."""
    dice = random.Random(5)
    usual = [{f"p{n}" for n in range(8) if dice.random() < 0.2 + 0.08 * n} for _ in range(60)]
    return usual + [{f"rare{n}" for n in range(20)}] * 3


DENSE = _dense_baskets()


def test_an_automatic_minimum_lists_every_set_above_it(
    automatic: tuple[Path, dict[str, int]],
) -> None:
    path, limits = automatic
    counted = count_every_subset(DENSE, max_size=5)
    floors = dict(query(path, "select distinct size, min_orders from marts.bundles"))
    assert floors, "nothing was listed"
    for size, min_orders in floors.items():
        expected = {s: n for s, n in counted.items() if len(s) == size and n >= min_orders}
        assert _published(path, "s1", f"size = {size}") == expected
        assert len(expected) <= limits["bundle_max_sets"]


def test_an_automatic_minimum_says_where_it_cut(automatic: tuple[Path, dict[str, int]]) -> None:
    path, limits = automatic
    cut = {size for (size,) in query(path, "select distinct size from marts.bundles where is_cut")}
    raised = {
        size
        for (size,) in query(path, "select distinct size from marts.bundles where min_orders > 2")
    }
    assert cut == raised
    assert bool(cut) == (min(limits.values()) < 10**9)


def test_flags_that_a_cut_leaves_open_are_null_and_the_others_right(
    automatic: tuple[Path, dict[str, int]],
) -> None:
    path, _ = automatic
    counted = count_every_subset(DENSE, max_size=5)
    flags = query(
        path,
        "select product_ids, is_closed, is_maximal, min_orders, not_measurable from marts.bundles",
    )
    for product_ids, is_closed, is_maximal, min_orders, not_measurable in flags:
        products = _names(product_ids)
        larger = [
            n for more, n in counted.items() if products < more and len(more) == len(products) + 1
        ]
        if is_closed is not None:
            assert is_closed == (counted[products] not in larger), products
        if is_maximal is not None:
            assert is_maximal == (max(larger, default=0) < min_orders), products
        assert (not_measurable == "larger_size_cut") == (is_closed is None or is_maximal is None)
