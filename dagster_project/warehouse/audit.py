"""`audit.json`: what was checked about one build, and the SHA-256 of every file it consists of.

It lies in the build's folder. Publication trusts nothing else: not the orchestrator's memory that a
check passed, not the folder's name, not the file's date.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dagster_project.warehouse.files import write_whole
from dagster_project.warehouse.verdict import CheckResult

AUDIT_FILE = "audit.json"
_FORMAT = 1


@dataclass(frozen=True)
class AuditedTable:
    """Rows of a published table, a fingerprint of their values, and what its checks said.

    Two builds with the same fingerprint hold the same rows, whatever the bytes of their files are.
    """

    rows: int
    fingerprint: str
    checks_run: int
    checks_failed: int


@dataclass(frozen=True)
class Audit:
    """The sealed record of one build; moments are UTC, `files` maps relative paths to SHA-256."""

    build_id: str
    run_id: str
    passed: bool
    as_of: datetime | None
    created_at: datetime
    code_version: str
    checks: tuple[CheckResult, ...]
    tables: dict[str, AuditedTable]
    files: dict[str, str]

    @property
    def checks_run(self) -> int:
        return len(self.checks)

    @property
    def checks_failed(self) -> int:
        return sum(check.label != "passed" for check in self.checks)

    def publication_rows(self) -> list[tuple[object, ...]]:
        """This build's rows of the table of publications, one per published table."""
        return [
            (
                self.build_id,
                self.run_id,
                self.as_of,
                self.created_at,
                name,
                table.rows,
                table.checks_run,
                table.checks_failed,
                self.code_version,
            )
            for name, table in sorted(self.tables.items())
        ]


def write_audit(audit: Audit, folder: Path) -> None:
    """Store the audit in the build's folder, last of all files, in one step."""
    record = {"format": _FORMAT, "checks_run": audit.checks_run} | asdict(audit)
    record["checks_failed"] = audit.checks_failed
    write_whole(
        folder / AUDIT_FILE, json.dumps(record, indent=2, ensure_ascii=False, default=_plain)
    )


def read_audit(folder: Path) -> Audit:
    """Read the audit of a build.

    Raises:
        FileNotFoundError: the build was never sealed.
        ValueError: the file is not an audit this version can read.
    """
    path = folder / AUDIT_FILE
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != _FORMAT:
            raise ValueError(f"format {record['format']}, not {_FORMAT}")
        as_of = record["as_of"]
        return Audit(
            build_id=record["build_id"],
            run_id=record["run_id"],
            passed=record["passed"] is True,
            as_of=datetime.fromisoformat(as_of) if as_of else None,
            created_at=datetime.fromisoformat(record["created_at"]),
            code_version=record["code_version"],
            checks=tuple(_check(check) for check in record["checks"]),
            tables={name: AuditedTable(**table) for name, table in record["tables"].items()},
            files=dict(record["files"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path} is not a readable audit: {error!r}") from error


def _check(record: dict[str, Any]) -> CheckResult:
    return CheckResult(**{**record, "sample": tuple(record["sample"])})


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in an audit")
