"""Staging models of every CRM, with their unit and data tests, on what the connector loaded."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from dagster_project.settings import DBT_DIR, ROOT
from dagster_project.sources.base import Window
from dagster_project.sources.canonical import ENTITIES
from dagster_project.sources.registry import SOURCES
from dagster_project.sources.rest.check import main
from tests.conformance.conftest import Bench
from tests.fakes.company import AS_OF, Company, small_company

pytestmark = pytest.mark.e2e


def build_staging(bench: Bench, *more: str) -> str:
    """`dbt build` of the CRM's staging folder; returns what dbt said."""
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", "build"),
            *("--select", f"staging.{bench.crm.name}", *more),
            *("--project-dir", str(DBT_DIR), "--profiles-dir", str(DBT_DIR), "--no-use-colors"),
            *("--target-path", str(bench.settings.data_dir / "target")),
            *("--log-path", str(bench.settings.data_dir / "logs")),
            *("--vars", json.dumps(bench.settings.dbt_vars())),
        ],
        env=os.environ | {"VORONKA_WAREHOUSE": str(bench.settings.warehouse_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def test_staging_models_pass_their_unit_and_data_tests(bench: Bench) -> None:
    bench.crm.fill(small_company(130))
    with bench.serving():
        bench.load(Window(None, AS_OF))
    said = build_staging(bench)
    kinds = re.search(r"Finished running (\d+) data tests, (\d+) unit tests, (\d+) view", said)
    assert kinds, said
    data_tests, unit_tests, models = map(int, kinds.groups())
    assert models == len(ENTITIES)
    assert data_tests > 50
    assert unit_tests >= 10


def test_staging_models_of_an_empty_account_hold_only_its_capabilities(bench: Bench) -> None:
    bench.crm.fill(Company())
    with bench.serving():
        bench.load(Window(None, AS_OF))
    build_staging(bench, "--resource-type", "model")
    held = {
        entity: bench.rows(f"select count(*) from staging.stg_{bench.crm.name}__{entity}")[0][0]
        for entity in ENTITIES
    }
    assert held.pop("source_capabilities") == 1
    assert set(held.values()) == {0}


def test_check_command_prints_what_a_person_must_know(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.crm.fill(small_company(130))
    monkeypatch.setenv("VORONKA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VORONKA_MAPPINGS_DIR", str(bench.settings.mappings_dir))
    console = Console(record=True, width=160)
    with bench.serving():
        assert main([bench.crm.name], console) == 0
    shown = console.export_text()
    assert "OK: nothing stands in the way" in shown
    assert "Not measurable:" in shown
    assert re.search(r"deals\W+130\b", shown)
    assert not any(secret in shown for secret in bench.crm.secrets())


def test_check_command_of_a_source_without_credentials_says_what_to_set(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("SOURCES__")]:
        monkeypatch.delenv(name)
    console = Console(record=True, width=200)
    assert main([bench.crm.name], console) == 1
    assert f"STOP: {bench.crm.name}: set SOURCES__{bench.crm.name.upper()}__" in (
        console.export_text()
    )


def test_documentation_of_every_crm_exists() -> None:
    undocumented = [
        source.name
        for source in SOURCES
        if source.check and not (ROOT / "docs" / f"{source.name}.md").exists()
    ]
    assert undocumented == []
