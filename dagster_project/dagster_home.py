"""The Dagster instance of this installation: its folder, dagster.yaml first."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from dagster_project.settings import Settings

_TEMPLATE = Path(__file__).with_name("dagster.yaml")


def prepare_dagster_home(settings: Settings) -> Path:
    """Create DAGSTER_HOME with its dagster.yaml and export it to this process and its children.

    Dagster uploads telemetry that was collected before it was switched off, so the file has to be
    there first.
    """
    home = Path(os.environ.get("DAGSTER_HOME") or settings.data_dir / "dagster_home").resolve()
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        shutil.copyfile(_TEMPLATE, home / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(home)
    return home
