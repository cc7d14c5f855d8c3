"""The SQL of dbt models, compiled once before anything is timed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from dagster_project.settings import DBT_DIR

DATABASE = "warehouse"
"""What compiled SQL calls the database: models run in a file of this name."""


def compile_models(folder: Path, select: str, variables: dict[str, object]) -> None:
    """Write the SQL of dbt models as `<model>.sql` into the folder."""
    target = folder / "target"
    command = [
        *(str(Path(sys.executable).with_name("dbt")), "compile", "--select", *select.split()),
        *("--project-dir", str(DBT_DIR), "--profiles-dir", str(DBT_DIR)),
        *("--target-path", str(target), "--log-path", str(folder / "logs")),
        *("--vars", json.dumps(variables)),
    ]
    environment = os.environ | {"VORONKA_WAREHOUSE": str(folder / f"{DATABASE}.duckdb")}
    compiled = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if compiled.returncode != 0:
        raise SystemExit(compiled.stdout)
    for path in (target / "compiled").rglob("*.sql"):
        (folder / path.name).write_text(path.read_text())
