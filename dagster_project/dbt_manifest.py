"""The dbt manifest that Dagster and the gate read, kept up to date with the project by `dbt parse`.

Every process that loads the definitions (web server, code server, tests, `make run`) asks for it,
so it is parsed only when the project or the settings changed since, by one process at a time.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dagster_project.settings import DBT_DIR, Settings

DBT_EXECUTABLE = Path(sys.executable).with_name("dbt")
"""dbt of this very environment, whatever is on the PATH."""

_PROJECT_FILES = ("dbt_project.yml", "profiles.yml")
_PROJECT_FOLDERS = ("models", "macros", "seeds", "snapshots", "tests")


class DbtParseFailed(RuntimeError):  # noqa: N818
    """dbt could not parse its project; the message is dbt's own."""


def dbt_target_dir(settings: Settings) -> Path:
    """Where dbt keeps its manifest: `DBT_TARGET_PATH`, or below the data folder."""
    return Path(os.environ.get("DBT_TARGET_PATH") or settings.data_dir / "dbt_target").resolve()


def dbt_vars_argument(settings: Settings) -> list[str]:
    """The settings as dbt takes them on its command line."""
    return ["--vars", json.dumps(settings.dbt_vars(), ensure_ascii=False, sort_keys=True)]


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The environment variables that dbt_project.yml and profiles.yml read."""
    return {
        "VORONKA_WAREHOUSE": str(settings.warehouse_path.resolve()),
        "DBT_TARGET_PATH": str(dbt_target_dir(settings)),
        "DBT_LOG_PATH": str(dbt_target_dir(settings)),
    }


@cache
def prepare_manifest(settings: Settings) -> Path:
    """Return the path of a manifest.json that fits the dbt project and the settings.

    Raises:
        DbtParseFailed: the dbt project has an error.
    """
    target = dbt_target_dir(settings)
    target.mkdir(parents=True, exist_ok=True)
    manifest, stamp = target / "manifest.json", target / "manifest.fingerprint"
    with _one_process_at_a_time(target / "manifest.lock"):
        fingerprint = _fingerprint(settings)
        parsed = stamp.read_text() if stamp.exists() and manifest.exists() else None
        if parsed != fingerprint:
            _parse(settings)
            stamp.write_text(fingerprint)
    return manifest


@cache
def read_manifest(settings: Settings) -> dict[str, Any]:
    """The prepared manifest, with every singular test attached to the model it is named after.

    dbt attaches only generic tests; `<model>__<claim>.sql` says by its name what it is about.
    """
    manifest: dict[str, Any] = json.loads(prepare_manifest(settings).read_text())
    models = {node["name"] for node in manifest["nodes"].values() if node["columns"]}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and not node.get("attached_node"):
            model, _, _ = node["name"].rpartition("__")
            if model in models:
                node["config"].setdefault("meta", {})["dagster"] = {"ref": {"name": model}}
    return manifest


def _parse(settings: Settings) -> None:
    command = [str(DBT_EXECUTABLE), "--no-use-colors", "parse", "--profiles-dir", str(DBT_DIR)]
    parsed = subprocess.run(
        [*command, *dbt_vars_argument(settings)],
        cwd=DBT_DIR,
        env={**os.environ, **dbt_environment(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    if parsed.returncode != 0:
        raise DbtParseFailed(f"dbt cannot parse {DBT_DIR}:\n{parsed.stdout}{parsed.stderr}")


def _fingerprint(settings: Settings) -> str:
    digest = hashlib.sha256()
    for part in (version("dbt-core"), version("dbt-duckdb"), *dbt_vars_argument(settings)):
        digest.update(part.encode() + b"\0")
    for path in _project_files():
        digest.update(str(path.relative_to(DBT_DIR)).encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _project_files() -> list[Path]:
    files = [DBT_DIR / name for name in _PROJECT_FILES]
    for folder in _PROJECT_FOLDERS:
        files += sorted(path for path in (DBT_DIR / folder).rglob("*") if path.is_file())
    return files


@contextmanager
def _one_process_at_a_time(lock: Path) -> Iterator[None]:
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
