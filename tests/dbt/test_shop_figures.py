"""Products, baskets and regions of real shops come out at the figures their data are known for."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from dagster_project.settings import ROOT, Settings
from dagster_project.sources.base import Window
from dagster_project.sources.files import SOURCE
from dagster_project.warehouse.load import load
from tests.dbt.basket_core import query, run_dbt


@pytest.fixture(scope="module")
def olist(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10,000 delivered orders of a Brazilian marketplace."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VORONKA_REAL_DATA", str(real_data))
        settings = Settings(
            data_dir=tmp_path_factory.mktemp("olist"),
            sources=("files",),
            files_mappings=(ROOT / "tests" / "mappings" / "olist_sample_10k.yml",),
            currency="BRL",
            time_zone="America/Sao_Paulo",
        )
        window = Window.everything()
        load(SOURCE.extract(window, settings), SOURCE.raw_schema, settings, window)
    run_dbt(settings.warehouse_path, "+products +regions +bundles", **settings.dbt_vars())
    return settings.warehouse_path


@pytest.fixture(scope="module")
def traders(together: Settings) -> Path:
    """Northwind and AdventureWorks, side by side with others."""
    return together.warehouse_path


def all_time(path: Path, source: str) -> list[tuple[object, ...]]:
    return query(
        path,
        "select sum(revenue), sum(returned_units) from marts.products"
        f" where quarter is null and source = '{source}'",
    )


def test_olist_regions_have_the_known_orders(olist: Path) -> None:
    assert query(
        olist,
        "select region, orders from marts.regions where level = 'region' and quarter is null"
        " order by orders desc limit 3",
    ) == [("SP", 4202), ("RJ", 1301), ("MG", 1166)]


def test_olist_revenue_is_the_price_of_all_items(olist: Path) -> None:
    assert all_time(olist, "olist") == [(Decimal("1389602.03"), 0)]
    for level in ("country", "region", "city"):
        assert query(
            olist,
            "select sum(revenue), sum(orders) from marts.regions"
            f" where quarter is null and level = '{level}'",
        ) == [(Decimal("1389602.03"), 10_000)]


def test_olist_baskets_are_its_orders_and_their_lines(olist: Path) -> None:
    assert query(
        olist,
        "select count(*), sum(line_count), count(*) filter (where line_count > 1)"
        " from intermediate.basket_orders",
    ) == [(10_000, 11_513, 1031)]


def test_northwind_has_the_published_sales(traders: Path) -> None:
    """1,265,793.04 unrounded; here each of the 2,155 lines is rounded to the cent first."""
    [(revenue, _)] = all_time(traders, "northwind")
    assert float(str(revenue)) == pytest.approx(1_265_793.04, abs=0.3)
    best = query(
        traders,
        "select product_name, cast(revenue as double) from marts.products"
        " where source = 'northwind' and quarter is null order by revenue desc limit 3",
    )
    assert dict(best) == pytest.approx(
        {
            "Côte de Blaye": 141_396.74,
            "Thüringer Rostbratwurst": 80_368.67,
            "Raclette Courdavault": 71_155.70,
        },
        abs=0.1,
    )


def test_northwind_baskets_are_its_orders_and_their_lines(traders: Path) -> None:
    assert query(
        traders,
        "select count(*), sum(line_count) from intermediate.basket_orders"
        " where source = 'northwind'",
    ) == [(830, 2155)]


def test_adventureworks_has_the_known_sales_and_returns(traders: Path) -> None:
    [(revenue, returned)] = all_time(traders, "adventureworks")
    assert round(float(str(revenue)) / 1_000_000, 2) == 24.91
    assert returned == 1828
    assert query(
        traders,
        "select count(*), sum(line_count), count(*) filter (where line_count > 1)"
        " from intermediate.basket_orders where source = 'adventureworks'",
    ) == [(25_164, 56_046, 16_919)]
