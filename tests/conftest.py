"""Fixtures for all tests: a data folder of their own, and the real data sets if at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project.settings import ROOT, get_settings, switch_telemetry_off

switch_telemetry_off()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real companies' exports; tests that use it skip where it is missing."""
    folder = Path(os.environ.get("VORONKA_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "INDEX.md").exists():
        pytest.skip(f"real data sets are not at {folder}; set VORONKA_REAL_DATA to their folder")
    return folder


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of the test's own; settings read inside the test point to it."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("VORONKA_DATA_DIR", str(folder))
    get_settings.cache_clear()
    yield folder
    get_settings.cache_clear()
