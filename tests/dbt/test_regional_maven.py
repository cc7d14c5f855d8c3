"""Regions and products of a real CRM export come out at the figures its publisher's data gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.settings import ROOT, Settings
from dagster_project.sources.base import Window
from dagster_project.sources.files import SOURCE
from dagster_project.warehouse.load import load
from tests.dbt.basket_core import query, run_dbt


@pytest.fixture(scope="module")
def maven(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The marts of the CRM Sales Opportunities data set, read by the tests' mapping."""
    folder = tmp_path_factory.mktemp("maven")
    patch = pytest.MonkeyPatch()
    patch.setenv("VORONKA_REAL_DATA", str(real_data))
    settings = Settings(
        data_dir=folder,
        sources=("files",),
        files_mappings=(ROOT / "tests" / "mappings" / "maven_crm_sales.yml",),
        currency="USD",
    )
    window = Window.everything()
    load(SOURCE.extract(window, settings), SOURCE.raw_schema, settings, window)
    patch.undo()
    run_dbt(
        settings.warehouse_path,
        "+regions +products +bundles +bought_together +region_marketing",
        **settings.dbt_vars(),
    )
    return settings.warehouse_path


def test_regions_of_maven_have_the_offices_revenue_and_wins(maven: Path) -> None:
    rows = query(
        maven,
        "select region, revenue, won_deals from marts.regions"
        " where level = 'region' and quarter is null and revenue > 0 order by revenue desc",
    )
    assert rows == [
        ("West", 3_568_647, 1438),
        ("Central", 3_346_293, 1629),
        ("East", 3_090_594, 1171),
    ]


def test_win_rate_of_maven_is_that_of_its_closed_deals(maven: Path) -> None:
    rows = query(
        maven,
        "select sum(won_deals), sum(closed_deals) from marts.regions"
        " where level = 'region' and quarter is null",
    )
    assert rows == [(4238, 4238 + 2473)]


def test_products_of_maven_have_the_known_revenue_and_orders(maven: Path) -> None:
    rows = query(
        maven,
        "select product_name, revenue, orders, rank_overall from marts.products"
        " where quarter is null and rank_overall <= 3 order by rank_overall",
    )
    assert rows == [
        ("GTX Pro", 3_510_578, 729, 1),
        ("GTX Plus Pro", 2_629_651, 479, 2),
        ("MG Advanced", 2_216_387, 654, 3),
    ]


def test_orders_of_one_product_make_no_bundles(maven: Path) -> None:
    """Every deal of this CRM is about one product, so nothing can be bought together."""
    assert query(maven, "select count(*) from marts.bundles") == [(0,)]
    assert query(maven, "select count(*) from marts.bought_together") == [(0,)]
