"""Publication: a sealed build becomes what everybody reads, by one atomic switch of one link.

    published/v/<build>/   immutable versions: marts.duckdb, parquet/, csv/, checks.html, audit.json
    published/current      a link to the version in force

Readers open `published/current/marts.duckdb`. A connection keeps the version it opened; a new one
gets the version in force. docs/decisions/0001-publication.md says why it is built this way.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dagster_project.settings import Settings
from dagster_project.warehouse.audit import AUDIT_FILE, Audit, read_audit
from dagster_project.warehouse.candidate import DATABASE, CandidateRefused, candidate_folder
from dagster_project.warehouse.connections import WarehouseLocked, writer
from dagster_project.warehouse.files import files_in, freeze, sha256, sync
from dagster_project.warehouse.housekeeping import sweep_candidates, sweep_publications
from dagster_project.warehouse.lock import warehouse_lock
from dagster_project.warehouse.ops import ensure_ops, record_publications

log = logging.getLogger(__name__)


class PublicationRefused(RuntimeError):  # noqa: N818
    """This build may not be published, or this version not returned to; the message says why."""


@dataclass(frozen=True)
class Publication:
    """A version on disk; its id is the id of its build."""

    publication_id: str
    path: Path
    audit: Audit

    @property
    def database(self) -> Path:
        return self.path / DATABASE


def publish(settings: Settings, build_id: str) -> Publication:
    """Put a sealed build in force. Publishing a build that is already in force changes nothing.

    A publisher killed at any point leaves the old version in force, or the new one; run it again.

    Raises:
        PublicationRefused: the build has no passing audit of its own, a file differs from its
            audit, or a newer build is in force (see `rollback`).
        WarehouseLocked: another process writes or publishes.
    """
    with warehouse_lock(settings.warehouse_path, f"publish {build_id}"):
        version = _versions_dir(settings) / build_id
        before = current(settings)
        if before is not None and before.publication_id == build_id:
            _clean_up(settings, before)
            return before
        if not version.exists():
            candidate = _candidate(settings, build_id)
            _demand_newer(_verified(candidate, build_id), before)
            freeze(candidate)
            version.parent.mkdir(parents=True, exist_ok=True)
            candidate.rename(version)
            version.chmod(0o555)
            sync(version.parent)
        publication = Publication(build_id, version, _verified(version, build_id))
        _demand_newer(publication.audit, before)
        _switch(settings, version)
        log.info("published %s", build_id)
        _clean_up(settings, publication)
        return publication


def rollback(settings: Settings, publication_id: str) -> Publication:
    """Put an earlier version, still on disk, back in force. The next published build replaces it.

    Raises:
        PublicationRefused: that version is not on disk or no longer is what was published.
    """
    with warehouse_lock(settings.warehouse_path, f"roll back to {publication_id}"):
        version = _versions_dir(settings) / publication_id
        if version not in {publication.path for publication in publications(settings)}:
            known = ", ".join(item.publication_id for item in publications(settings))
            raise PublicationRefused(
                f"there is no publication {publication_id!r} on disk; there are: {known or 'none'}"
            )
        publication = Publication(publication_id, version, _verified(version, publication_id))
        _switch(settings, version)
        log.info("rolled back to %s", publication_id)
        return publication


def current(settings: Settings) -> Publication | None:
    """The version in force, or None before the first publication."""
    if not settings.current_link.exists():
        return None
    version = settings.current_link.resolve()
    return Publication(version.name, version, read_audit(version))


def publications(settings: Settings) -> list[Publication]:
    """All versions on disk, the latest sealed first."""
    folder = _versions_dir(settings)
    found = []
    for path in folder.iterdir() if folder.exists() else ():
        try:
            found.append(Publication(path.name, path, read_audit(path)))
        except (FileNotFoundError, ValueError) as error:
            log.warning("%s is no publication: %s", path, error)
    return sorted(
        found, key=lambda item: (item.audit.created_at, item.publication_id), reverse=True
    )


def _versions_dir(settings: Settings) -> Path:
    return settings.published_dir / "v"


def _candidate(settings: Settings, build_id: str) -> Path:
    try:
        folder = candidate_folder(settings, build_id)
    except CandidateRefused as error:
        raise PublicationRefused(str(error)) from error
    if not folder.exists():
        raise PublicationRefused(f"build {build_id}: there is no candidate {folder}")
    return folder


def _verified(folder: Path, build_id: str) -> Audit:
    """Read the audit in `folder` and compare every file with it."""
    try:
        audit = read_audit(folder)
    except FileNotFoundError as error:
        raise PublicationRefused(
            f"build {build_id} has no {AUDIT_FILE}: the gate has not checked it"
        ) from error
    except ValueError as error:
        raise PublicationRefused(f"build {build_id}: {error}") from error
    if audit.build_id != build_id:
        raise PublicationRefused(
            f"the audit in {folder} is of build {audit.build_id}, not {build_id}"
        )
    blocking = [check.name for check in audit.checks if check.blocks]
    if blocking or not audit.passed or not audit.checks:
        raise PublicationRefused(
            f"build {build_id} did not pass the gate: {_listed(blocking) or 'nothing was checked'}"
        )
    if any(path.is_symlink() for path in folder.rglob("*")):
        raise PublicationRefused(f"build {build_id} holds links: a version consists of files only")
    present = {path: file for path, file in files_in(folder).items() if path != AUDIT_FILE}
    for problem, paths in (
        ("lacks audited files", audit.files.keys() - present.keys()),
        ("holds files that were not audited", present.keys() - audit.files.keys()),
    ):
        if paths:
            raise PublicationRefused(f"build {build_id} {problem}: {_listed(sorted(paths))}")
    if DATABASE not in present:
        raise PublicationRefused(f"build {build_id} has no {DATABASE}")
    changed = [path for path, file in present.items() if sha256(file) != audit.files[path]]
    if changed:
        raise PublicationRefused(f"build {build_id}: changed since its audit: {_listed(changed)}")
    return audit


def _demand_newer(audit: Audit, before: Publication | None) -> None:
    if before is not None and audit.created_at < before.audit.created_at:
        raise PublicationRefused(
            f"build {audit.build_id} was sealed before {before.publication_id}, which is in force:"
            " to return to older data use rollback"
        )


def _switch(settings: Settings, version: Path) -> None:
    link = settings.current_link
    aside = link.with_name(f"{link.name}.{os.getpid()}.tmp")
    aside.unlink(missing_ok=True)
    aside.symlink_to(version.relative_to(link.parent), target_is_directory=True)
    aside.replace(link)
    sync(link.parent)


def _clean_up(settings: Settings, publication: Publication) -> None:
    """Note the publication, and any that a killed run did not note; remove what is too old."""
    on_disk = publications(settings)
    try:
        with writer(settings.warehouse_path, "note the publication") as connection:
            ensure_ops(connection)
            record_publications(
                connection, (row for item in on_disk for row in item.audit.publication_rows())
            )
    except WarehouseLocked as error:
        log.warning("published, but not yet noted in ops.publications: %s", error)
    sweep_publications(
        settings.published_dir,
        (item.path for item in on_disk),
        publication.path,
        settings.publications_kept,
    )
    sweep_candidates(settings, spare=publication.publication_id)


def _listed(names: Iterable[str], limit: int = 10) -> str:
    names = list(names)
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
