"""Other ways to the baskets' figures: counting every subset, and mlxtend's FP-growth."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from mlxtend.frequent_patterns import fpgrowth

Sets = dict[frozenset[str], int]
"""Sets of products, each with the number of orders that contain it."""


def read_groceries(real_data: Path) -> list[set[str]]:
    """The 9,835 baskets of the groceries data set; its names carry stray blanks."""
    with (real_data / "groceries" / "groceries.csv").open(encoding="utf-8", newline="") as file:
        return [{name.strip() for name in row} for row in csv.reader(file)]


def read_fimi(real_data: Path, name: str) -> list[set[str]]:
    """The baskets of a data set of the itemset mining workshop, a line of numbers each."""
    lines = (real_data / "fimi" / f"{name}.dat").read_text().splitlines()
    return [set(line.split()) for line in lines if line.strip()]


def count_every_subset(baskets: Iterable[set[str]], max_size: int) -> Sets:
    """Orders of every set of at most `max_size` products, by listing each basket's subsets."""
    counts: Counter[frozenset[str]] = Counter()
    for basket in baskets:
        for size in range(1, max_size + 1):
            counts.update(frozenset(part) for part in combinations(sorted(basket), size))
    return dict(counts)


def mine_with_fpgrowth(baskets: list[set[str]], min_orders: int, max_size: int) -> Sets:
    """Sets in at least `min_orders` baskets, found by mlxtend."""
    products = sorted(set().union(*baskets))
    place = {product: number for number, product in enumerate(products)}
    table = np.zeros((len(baskets), len(products)), dtype=bool)
    for row, basket in enumerate(baskets):
        table[row, [place[product] for product in basket]] = True
    found = fpgrowth(
        pd.DataFrame(table, columns=products),
        # half an order lower: whether a share is a hair off the threshold must not matter
        min_support=(min_orders - 0.5) / len(baskets),
        use_colnames=True,
        max_len=max_size,
    )
    return {
        frozenset(products): round(support * len(baskets))
        for support, products in zip(found["support"], found["itemsets"], strict=True)
    }


def closed(sets: Sets) -> set[frozenset[str]]:
    """The sets that no larger one of these equals in orders."""
    return {one for one in sets if not any(sets[more] == sets[one] for more in _larger(one, sets))}


def maximal(sets: Sets) -> set[frozenset[str]]:
    """The sets that none of these contains."""
    return {one for one in sets if not _larger(one, sets)}


def _larger(one: frozenset[str], sets: Sets) -> list[frozenset[str]]:
    products = frozenset().union(*sets)
    return [one | {other} for other in products - one if one | {other} in sets]
