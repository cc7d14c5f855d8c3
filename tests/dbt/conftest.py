"""Warehouses with the statistics of the demo company and of a real bank, built once per session."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.settings import ROOT, Settings
from dagster_project.sources import demo, files
from dagster_project.sources.base import Source, Window
from dagster_project.warehouse.load import load
from tests.dbt.basket_core import run_dbt

STATISTICS = (
    "+stage_durations +manager_stages +fct_stage_stays +lost_reasons +lost_reasons_by"
    " +funnel_flow +funnel_bridge +stalled_deals +payment_gaps"
)


def build_statistics(source: Source, settings: Settings) -> Path:
    """Load a source and build the tables with statistics from it; returns the warehouse."""
    window = Window.everything()
    load(source.extract(window, settings), source.raw_schema, settings, window)
    run_dbt(settings.warehouse_path, STATISTICS, **settings.dbt_vars())
    return settings.warehouse_path


@pytest.fixture(scope="session")
def demo_statistics(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company: many managers and stages, a few deals still open."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("demo_statistics"), sources=("demo",))
    return build_statistics(demo.SOURCE, settings)


@pytest.fixture(scope="session")
def bank_statistics(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """BPI Challenge 2012: 13,087 loan applications of a bank, moments to the millisecond."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VORONKA_REAL_DATA", str(real_data))
        settings = Settings(
            data_dir=tmp_path_factory.mktemp("bank_statistics"),
            sources=("files",),
            files_mappings=(ROOT / "tests" / "mappings" / "bpi_challenge_2012.yml",),
            currency="EUR",
        )
        return build_statistics(files.SOURCE, settings)


@pytest.fixture(scope="session")
def together(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Northwind ends in May 1998, AdventureWorks in June 2017, Maven at the end of that year."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VORONKA_REAL_DATA", str(real_data))
        names = ("northwind", "adventureworks_maven", "maven_crm_sales")
        settings = Settings(
            data_dir=tmp_path_factory.mktemp("together"),
            sources=("files",),
            files_mappings=tuple(ROOT / "tests" / "mappings" / f"{name}.yml" for name in names),
            currency="USD",
            time_zone="UTC",
        )
        window = Window.everything()
        load(files.SOURCE.extract(window, settings), files.SOURCE.raw_schema, settings, window)
    run_dbt(
        settings.warehouse_path,
        "+products +regions +region_drivers +region_verdicts +bundles",
        **settings.dbt_vars(),
    )
    return settings
