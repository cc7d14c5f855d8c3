"""One night of a small demo company, run as `make run` runs it, shared by the end-to-end tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project.settings import get_settings
from tests.e2e.installation import SMALL_COMPANY, Installation


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation after its first night. Copy it before changing anything."""
    installation = Installation(tmp_path_factory.mktemp("first_night") / "data")
    night = installation.run_night()
    log = installation.data_dir / "logs" / "nightly.log"
    assert night.returncode == 0, f"{night.stdout}{night.stderr}\n{log.read_text()[-5000:]}"
    return Installation(installation.data_dir, night.stdout)


@pytest.fixture
def installation(
    first_night: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """A copy of it, which is also what settings read in this process point to."""
    copy = first_night.copy(tmp_path / "data")
    for name in [name for name in os.environ if name.startswith(("VORONKA_", "DAGSTER_", "DBT_"))]:
        monkeypatch.delenv(name)
    for name in ("VORONKA_DATA_DIR", *SMALL_COMPANY):
        monkeypatch.setenv(name, copy.environment[name])
    monkeypatch.setenv("DAGSTER_HOME", str(copy.data_dir / "dagster_home"))
    get_settings.cache_clear()
    yield copy
    get_settings.cache_clear()
