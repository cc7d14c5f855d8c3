"""Real companies' exports through whole nights: published tables give the known figures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dagster_project.settings import ROOT
from dagster_project.warehouse.connections import reader
from tests.e2e.installation import Installation

pytestmark = pytest.mark.e2e

MAPPINGS = ROOT / "tests" / "mappings"


def night_of(
    folder: Path, real_data: Path, currency: str, *mappings: str, decisions: str = "{}"
) -> Installation:
    """An installation after a night on these mappings, published."""
    overrides = {
        "VORONKA_VARS": decisions,
        "VORONKA_REAL_DATA": str(real_data),
        "VORONKA_SOURCES": "files",
        "VORONKA_FILES_MAPPINGS": ",".join(str(MAPPINGS / name) for name in mappings),
        "VORONKA_CURRENCY": currency,
        "VORONKA_TIME_ZONE": "UTC",
        "VORONKA_HISTORY_START": "2026-11-01",
    }
    installation = Installation(folder / "data", overrides=overrides)
    night = installation.run_night()
    assert night.returncode == 0, night.stdout + night.stderr
    return installation


def query(installation: Installation, sql: str) -> list[tuple[Any, ...]]:
    with reader(installation.publication().database) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def maven(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return night_of(tmp_path_factory.mktemp("maven"), real_data, "USD", "maven_crm_sales.yml")


@pytest.fixture(scope="module")
def bicycles(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return night_of(
        tmp_path_factory.mktemp("bicycles"), real_data, "USD", "adventureworks_maven.yml"
    )


@pytest.fixture(scope="module")
def bank(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return night_of(tmp_path_factory.mktemp("bank"), real_data, "EUR", "bpi_challenge_2012.yml")


@pytest.fixture(scope="module")
def marketplace(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return night_of(
        tmp_path_factory.mktemp("marketplace"),
        real_data,
        "BRL",
        "olist_marketing_funnel.yml",
        "olist_sample_10k.yml",
    )


@pytest.fixture(scope="module")
def trader(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return night_of(tmp_path_factory.mktemp("trader"), real_data, "USD", "northwind.yml")


@pytest.fixture(scope="module")
def supermarket(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return night_of(
        tmp_path_factory.mktemp("supermarket"),
        real_data,
        "EUR",
        "groceries.yml",
        decisions='{"bundle_max_size": 6, "bundle_min_support": 0.001, "bundle_min_orders": 1}',
    )


def test_maven_funnel_has_the_published_outcomes(maven: Installation) -> None:
    assert query(
        maven,
        "select stage_name, reached, passed, lost, open from funnel_stages"
        " where cohort_month is null order by stage_number",
    ) == [("Prospecting", 8800, 8300, 0, 500), ("Engaging", 8300, 4238, 2473, 1589)]


def test_maven_won_value_is_that_of_its_managers(maven: Installation) -> None:
    assert query(
        maven,
        "select sum(amount), count(*) from deals where outcome = 'won'",
    ) == [(10_005_534, 4238)]
    assert query(
        maven,
        "select manager_name, value, wins from managers where quarter is null"
        " order by value desc limit 1",
    ) == [("Darcel Schlecht", 1_153_214, 349)]


def test_maven_teams_have_the_known_won_value_and_wins(maven: Installation) -> None:
    assert query(
        maven,
        "select team, sum(value), sum(wins) from managers"
        " where quarter is null and wins > 0 group by team order by 2 desc",
    ) == [
        ("Melvin Marxen", 2_251_930, 882),
        ("Summer Sewald", 1_964_750, 828),
        ("Rocco Neubert", 1_960_545, 691),
        ("Celia Rouche", 1_603_897, 610),
        ("Cara Losch", 1_130_049, 480),
        ("Dustin Brinkmann", 1_094_363, 747),
    ]


def test_maven_regions_have_the_offices_revenue(maven: Installation) -> None:
    assert query(
        maven,
        "select region, revenue from regions where level = 'region' and quarter is null"
        " and region in ('West', 'Central', 'East') order by revenue desc",
    ) == [("West", 3_568_647), ("Central", 3_346_293), ("East", 3_090_594)]


def test_maven_product_written_two_ways_is_one_product(maven: Installation) -> None:
    assert query(
        maven,
        "select product_name, revenue, orders from products"
        " where quarter is null and product_name in ('GTX Pro', 'GTXPro')",
    ) == [("GTX Pro", 3_510_578, 729)]


def test_shop_without_deals_publishes_its_revenue_and_orders(bicycles: Installation) -> None:
    [(revenue, orders)] = query(
        bicycles,
        "select sum(revenue), sum(orders) from regions where level = 'region' and quarter is null",
    )
    assert round(float(revenue) / 1_000_000, 2) == 24.91
    assert orders == 25_164
    assert query(bicycles, "select count(*) from deals") == [(0,)]
    assert query(bicycles, "select count(*) > 0, max(all_orders) from bundles") == [(True, 25_164)]


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


def test_trader_publishes_every_order_and_its_revenue(trader: Installation) -> None:
    [(revenue, orders)] = query(
        trader,
        "select sum(revenue), sum(orders) from regions where level = 'region' and quarter is null",
    )
    assert (float(revenue), orders) == (1_265_792.76, 830)


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
