"""Maven, a sales team of computer hardware: deals without stage history."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.companies.nights import night_of, query
from tests.e2e.installation import Installation

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def maven(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return night_of(tmp_path_factory.mktemp("maven"), real_data, "USD", "maven_crm_sales.yml")


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
