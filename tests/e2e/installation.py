"""An installation of Voronka in a folder of its own, for a small demo company."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from dagster_project.settings import ROOT, Settings
from dagster_project.warehouse.connections import attach, scratch
from dagster_project.warehouse.publication import Publication, current

SMALL_COMPANY = {
    "VORONKA_DEMO_DEALS": "400",
    "VORONKA_HISTORY_START": "2026-06-21",
    "VORONKA_NIGHTLY_CRON": "0 0 1 1 *",  # never while a test runs
}


@dataclass(frozen=True)
class Installation:
    """A data folder and the environment of processes that use it."""

    data_dir: Path
    output: str = ""
    overrides: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("VORONKA_", "DAGSTER_", "DBT_"))
        }
        own = {"VORONKA_DATA_DIR": str(self.data_dir)}
        return {**inherited, **SMALL_COMPANY, **own, **self.overrides}

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.data_dir)

    def publication(self) -> Publication:
        publication = current(self.settings)
        assert publication is not None
        return publication

    def run_night(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dagster_project.nightly"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    def copy(self, folder: Path) -> Installation:
        shutil.copytree(self.data_dir, folder, symlinks=True)
        return Installation(folder)


def differences(before: Publication, after: Publication) -> dict[str, int]:
    """Rows of each published table that only one of two publications has, where there are any.

    Compared to the last bit. The list of publications is left out: it has to differ.
    """
    found = {}
    with scratch() as connection:
        attach(connection, before.database, "before")
        attach(connection, after.database, "after")
        tables = {table for table in before.audit.tables if table != "publications"}
        assert tables == {table for table in after.audit.tables if table != "publications"}
        for table in sorted(tables):
            one, other = (f"select * from {side}.main.{table}" for side in ("before", "after"))
            row = connection.execute(
                f"select count(*) from (({one} except all {other}) union all"
                f" ({other} except all {one}))"
            ).fetchone()
            if row and row[0]:
                found[table] = row[0]
    return found
