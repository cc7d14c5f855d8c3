"""What the demo company's simulator planted in two regions is what the reports say of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.settings import Settings
from dagster_project.sources.base import Window
from dagster_project.sources.demo import SOURCE, truths
from dagster_project.warehouse.load import load
from tests.dbt.basket_core import query, run_dbt


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with the regional reports of the demo company."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("demo"), sources=("demo",))
    window = Window.everything()
    load(SOURCE.extract(window, settings), SOURCE.raw_schema, settings, window)
    run_dbt(
        settings.warehouse_path, "+region_drivers +region_verdicts +regions", **settings.dbt_vars()
    )
    return settings.warehouse_path


def effects(demo: Path, region: str) -> dict[str, float]:
    """All-time effects against the other regions, as shares of the average one's revenue."""
    rows = query(
        demo,
        "select driver, effect_share from marts.region_drivers"
        f" where region = '{region}' and quarter is null and comparison = 'rest_of_company'",
    )
    return dict(rows)


def test_region_drivers_blame_price_where_price_is_weak(demo: Path) -> None:
    found = effects(demo, truths.PRICE_WEAK_REGION)
    assert min(found, key=found.__getitem__) == "price"
    assert found["price"] < -0.2
    assert abs(found["win_rate"]) < 0.05
    assert found["leads"] > 0


def test_region_drivers_measure_the_planted_price(demo: Path) -> None:
    """The same goods are sold about 28% cheaper there than elsewhere."""
    ((index,),) = query(
        demo,
        "select current_value from marts.region_drivers where driver = 'price' and quarter is null"
        f" and region = '{truths.PRICE_WEAK_REGION}' and comparison = 'rest_of_company'",
    )
    planted = truths.PRICE_WEAK_FACTOR * (1 - truths.PRICE_WEAK_EXTRA_DISCOUNT)
    assert index == pytest.approx(planted, abs=0.03)


def test_region_drivers_blame_leads_where_leads_are_few(demo: Path) -> None:
    found = effects(demo, truths.LEADS_WEAK_REGION)
    assert min(found, key=found.__getitem__) == "leads"
    assert found["leads"] < -0.6
    assert all(abs(share) < 0.1 for driver, share in found.items() if driver != "leads")


def test_region_drivers_blame_price_in_every_complete_quarter(demo: Path) -> None:
    """The planted price shows in each quarter alone, not only in the long run."""
    rows = query(
        demo,
        "select quarter, min_by(driver, effect) from marts.region_drivers"
        f" where region = '{truths.PRICE_WEAK_REGION}' and comparison = 'rest_of_company'"
        " and quarter < date '2026-07-01' group by quarter",
    )
    assert len(rows) == 8
    assert {driver for _, driver in rows} == {"price"}


def test_region_verdicts_find_the_planted_regions(demo: Path) -> None:
    rows = query(
        demo,
        "select region, verdict, reason, largest_negative_driver from marts.region_verdicts",
    )
    verdicts = {region: found for region, *found in rows}
    assert verdicts[truths.PRICE_WEAK_REGION] == ["change_approach", "weak_price", "price"]
    assert verdicts[truths.LEADS_WEAK_REGION] == ["grow", "few_leads", "leads"]
    assert all(verdict != "close_candidate" for verdict, _, _ in verdicts.values())


def test_region_verdicts_recommend_the_strategy_that_pays(demo: Path) -> None:
    strategies = query(demo, "select distinct best_strategy from marts.region_verdicts")
    assert strategies == [(truths.PAYING_STRATEGY,)]
