"""`make dev`: the Dagster UI, its daemon and the schedule on http://127.0.0.1:3000."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dagster_project.dagster_home import prepare_dagster_home
from dagster_project.dbt_manifest import prepare_manifest
from dagster_project.settings import ROOT, get_settings


def main() -> None:
    """Prepare the instance and the dbt manifest, then become `dagster dev`."""
    settings = get_settings()
    prepare_dagster_home(settings)
    prepare_manifest(settings)
    os.chdir(ROOT)
    dagster = str(Path(sys.executable).with_name("dagster"))
    port = os.environ.get("VORONKA_DEV_PORT", "3000")
    os.execv(dagster, [dagster, "dev", "-h", "127.0.0.1", "-p", port, "-w", "workspace.yaml"])  # noqa: S606


if __name__ == "__main__":
    main()
