"""`region_drivers` against a brute-force reference, on a random company full of gaps."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.dbt.basket_core import make_warehouse, query, run_dbt
from tests.dbt.region_reference import Row, explain, side_of

Key = tuple[str, date | None, str]

QUARTERS = [
    date(year, month, 1) for year in (2023, 2024) for month in (1, 4, 7, 10)
]  # the company's data end on 2025-01-15
REGIONS = ["big", "small", "tiny", "no deals", "no products", "(unknown)"]
MODELS = (
    "region_sales region_quarters region_periods region_totals region_product_totals"
    " region_comparisons region_price_pairs region_bill_parts region_effects region_drivers"
)


def _company() -> tuple[list[Row], list[Row]]:
    """Deals and sold lines; in small regions they are rare, so often missing."""
    dice = random.Random(5)
    deals: list[Row] = []
    lines: list[Row] = []
    sizes = {"big": 30, "small": 6, "tiny": 0.7, "no deals": 8, "no products": 8, "(unknown)": 5}
    for region in REGIONS:
        for number, quarter in enumerate(QUARTERS):
            if region == "small" and number < 2:
                continue
            for n in range(_poisson(dice, sizes[region])):
                order = f"{region}-{number}-{n}"
                deal = None
                if region != "no deals" and dice.random() < 0.6:
                    deal = f"deal-{order}"
                    outcome = dice.choice(["won", "lost", "open"])
                    created = max(0, number - dice.randrange(2))
                    deals.append(
                        {
                            "deal_id": deal,
                            "region": region,
                            "outcome": outcome,
                            "created_quarter": QUARTERS[created],
                            "closed_quarter": None if outcome == "open" else quarter,
                        }
                    )
                    if outcome != "won":
                        continue
                for _ in range(1 + dice.randrange(3)):
                    product = dice.choice("abcdefgh") if region != "no products" else None
                    if product == "h" and number < 4:
                        product = "g"  # h is launched in 2024
                    if product == "a" and number > 5:
                        product = None  # a is struck off
                    quantity = dice.randrange(1, 5)
                    price = Decimal(dice.randrange(100, 9_999)) / 100
                    lines.append(
                        {
                            "region": region,
                            "order_id": order,
                            "deal_id": deal,
                            "product_id": product,
                            "quantity": quantity,
                            "amount": quantity * price,
                            "ordered_quarter": quarter if dice.random() < 0.98 else None,
                        }
                    )
    return deals, lines


def _poisson(dice: random.Random, mean: float) -> int:
    return sum(1 for _ in range(1000) if dice.random() < mean / 1000)


@pytest.fixture(scope="module")
def company() -> tuple[list[Row], list[Row]]:
    return _company()


@pytest.fixture(scope="module")
def drivers(
    company: tuple[list[Row], list[Row]], tmp_path_factory: pytest.TempPathFactory
) -> dict[Key, dict[str, Any]]:
    """Effects by comparison, with revenue and base revenue beside the drivers."""
    path = tmp_path_factory.mktemp("regions") / "warehouse.duckdb"
    make_warehouse(path)
    deals, lines = company
    with duckdb.connect(str(path)) as connection:
        connection.register("deals", pa.Table.from_pylist(list(map(dict, deals))))
        connection.register("lines", pa.Table.from_pylist(list(map(dict, lines))))
        connection.execute(
            "insert into core.fct_deals by name select 'shop' as source, deal_id, region, outcome,"
            " created_quarter + interval 40 day as created_on, closed_quarter from deals"
        )
        connection.execute(
            "insert into core.fct_order_lines by name select 'shop' as source, order_id, deal_id,"
            " product_id, region, quantity, amount, ordered_quarter, true as is_sold from lines"
        )
    run_dbt(path, MODELS)
    found: dict[Key, dict[str, Any]] = defaultdict(dict)
    for region, quarter, comparison, driver, effect, revenue, base_revenue in query(
        path,
        "select region, quarter, comparison, driver, effect, revenue, base_revenue"
        " from marts.region_drivers",
    ):
        found[(region, quarter, comparison)] |= {
            driver: effect,
            "revenue": revenue,
            "base_revenue": base_revenue,
        }
    return dict(found)


def _expected(key: Key, deals: list[Row], lines: list[Row]) -> dict[str, Fraction]:
    """The reference's effects of one comparison."""
    region, quarter, comparison = key

    def picked(regions: set[str], at: date | None) -> tuple[list[Row], list[Row]]:
        all_time = quarter is None
        counted: list[Row] = [
            {**deal, "counts_as": kind}
            for deal in deals
            for kind, column in (("lead", "created_quarter"), ("closed", "closed_quarter"))
            if deal["region"] in regions
            and not (kind == "closed" and deal["outcome"] == "open")
            and (all_time or deal[column] == at)
        ]
        sold = [
            line
            for line in lines
            if line["region"] in regions and (all_time or line["ordered_quarter"] == at)
        ]
        return counted, sold

    def products(rows: list[Row]) -> set[str]:
        return {row["product_id"] for row in rows if row["product_id"] is not None}

    current = side_of(*picked({region}, quarter))
    if comparison == "rest_of_company":
        others = {
            other
            for other in REGIONS
            if other not in (region, "(unknown)")
            and (quarter is None or _first_quarter(other, deals, lines) <= quarter)
        }
        base = side_of(*picked(others, quarter), scale=len(others))
        new = current.products.keys() - base.products.keys()
        lost = base.products.keys() - current.products.keys()
        return explain(base, current, set(new), set(lost), bool(base.leads and current.leads))
    assert quarter is not None
    back = 1 if comparison == "previous_quarter" else 4
    then = QUARTERS[QUARTERS.index(quarter) - back]
    base = side_of(*picked({region}, then))
    sold_now = products(picked(set(REGIONS), quarter)[1])
    sold_then = products(picked(set(REGIONS), then)[1])
    return explain(
        base,
        current,
        set(current.products) - sold_then,
        set(base.products) - sold_now,
        per_lead=False,
    )


def _first_quarter(region: str, deals: list[Row], lines: list[Row]) -> date:
    quarters: list[date] = [
        row[column]
        for rows, columns in (
            (deals, ("created_quarter", "closed_quarter")),
            (lines, ("ordered_quarter",)),
        )
        for row in rows
        for column in columns
        if row["region"] == region and row[column] is not None
    ]
    return min(quarters)


def test_region_drivers_are_the_shapley_values_worked_out_the_slow_way(
    company: tuple[list[Row], list[Row]], drivers: dict[Key, dict[str, Any]]
) -> None:
    assert len(drivers) > 90
    for key, found in drivers.items():
        if key[1] is not None and key[1] > QUARTERS[-1]:
            continue  # the running quarter, in which nothing has happened yet
        expected = _expected(key, *company)
        assert found.keys() - {"revenue", "base_revenue"} == expected.keys()
        for driver, effect in expected.items():
            # Cents lost in rounding, at most half of one a driver, are all on one driver.
            assert abs(found[driver] - Decimal(float(effect))) < Decimal("0.06"), (key, driver)


def test_region_drivers_add_up_to_the_cent(drivers: dict[Key, dict[str, Any]]) -> None:
    for key, found in drivers.items():
        effects = sum(value for name, value in found.items() if not name.endswith("revenue"))
        assert effects == found["revenue"] - found["base_revenue"], key


def test_region_drivers_compare_every_kind_of_gap(drivers: dict[Key, dict[str, Any]]) -> None:
    """The random company really has the gaps that the two tests above are about."""
    rest = [
        found for (_, _, comparison), found in drivers.items() if comparison == "rest_of_company"
    ]
    past = [
        found for (_, _, comparison), found in drivers.items() if comparison != "rest_of_company"
    ]
    assert any(found["revenue"] == 0 for found in rest)
    assert any(found["base_revenue"] == 0 < found["revenue"] for found in past)
    assert any(found["revenue"] == 0 < found["base_revenue"] for found in past)
    assert any(found["new_products"] for found in past)
    assert any(found["lost_products"] for found in past)
    assert any(found["lost_products"] for found in rest)
    assert any(found["unknown_products"] for found in past)
    assert not any(key[0] == "(unknown)" and key[2] == "rest_of_company" for key in drivers)
