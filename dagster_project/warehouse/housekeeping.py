"""What is removed, and when: debris of killed runs, old candidates, old publications."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from dagster_project.settings import Settings
from dagster_project.warehouse.files import remove_tree

log = logging.getLogger(__name__)

CANDIDATES_KEPT = 5
"""Rejected or forgotten candidates left for inspection."""


def sweep_candidates(settings: Settings, spare: str) -> None:
    """Remove half-built candidates and all finished ones but the newest few and `spare`.

    The caller holds the warehouse lock, so no other process is building one.
    """
    if not settings.candidates_dir.exists():
        return
    folders = [path for path in settings.candidates_dir.iterdir() if path.is_dir()]
    half_built = [path for path in folders if path.suffix == ".tmp"]
    finished = sorted(
        (path for path in folders if path.suffix != ".tmp" and path.name != spare),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    _remove(half_built + finished[CANDIDATES_KEPT:])


def sweep_publications(
    published_dir: Path, newest_first: Iterable[Path], current: Path, kept: int
) -> None:
    """Remove versions beyond the `kept` newest, never the one in force, and unfinished links."""
    for link in published_dir.glob("current.*.tmp"):
        link.unlink()
    versions = list(newest_first)
    _remove(path for path in versions[kept:] if path.resolve() != current.resolve())


def _remove(folders: Iterable[Path]) -> None:
    for folder in folders:
        log.info("removing %s", folder)
        remove_tree(folder)
