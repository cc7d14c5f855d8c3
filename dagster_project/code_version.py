"""Which code built a publication: the git commit, or the package version outside a checkout."""

from __future__ import annotations

import subprocess
import tomllib
from functools import cache

from dagster_project.settings import ROOT


@cache
def code_version() -> str:
    """The short commit id with `+` if files differ from it; without git, the project's version."""
    describe = ["git", "describe", "--always", "--exclude=*", "--dirty=+"]
    try:
        commit = subprocess.run(describe, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        return str(project["version"])
    return commit.stdout.strip()
