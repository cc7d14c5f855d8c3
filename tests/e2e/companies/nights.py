"""Whole nights on real companies' exports, and questions to what they published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dagster_project.settings import ROOT
from dagster_project.warehouse.connections import reader
from tests.e2e.installation import Installation

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
