"""Seal a checked candidate: note the verdict in it, add exports, fix every byte in its audit."""

from __future__ import annotations

from dataclasses import replace

from duckdb import DuckDBPyConnection

from dagster_project.warehouse.audit import AUDIT_FILE, Audit, AuditedTable, write_audit
from dagster_project.warehouse.candidate import Candidate
from dagster_project.warehouse.connections import attach, name, scratch
from dagster_project.warehouse.contract import PUBLICATIONS_TABLE
from dagster_project.warehouse.exports import export_tables
from dagster_project.warehouse.files import files_in, remove_tree, sha256
from dagster_project.warehouse.ops import PUBLICATION_COLUMNS, now
from dagster_project.warehouse.verdict import Verdict

CHECKS_PAGE = "checks.html"


class SealRefused(RuntimeError):  # noqa: N818
    """The verdict is not about this candidate as it is now; the message says what differs."""


def seal(
    candidate: Candidate,
    verdict: Verdict,
    *,
    run_id: str,
    code_version: str,
    page: str | None = None,
) -> Audit:
    """Turn a checked candidate into a publishable build, or a rejected one into a record of why.

    A passed build gets its rows in table `publications`, the exports, `checks.html` (`page`) and
    its audit; a rejected one the page and the audit, so that it can be inspected. A passed verdict
    seals once: the file has changed by then, and has to be checked again.

    Raises:
        SealRefused: the verdict is about another build, or the file changed after it was checked.
    """
    if verdict.build_id != candidate.build_id:
        raise SealRefused(
            f"the verdict is about build {verdict.build_id}, not {candidate.build_id}"
        )
    if sha256(candidate.database) != verdict.candidate_sha256:
        raise SealRefused(f"{candidate.database} has changed since it was checked: check it again")
    (candidate.path / AUDIT_FILE).unlink(missing_ok=True)
    for folder in ("parquet", "csv"):
        remove_tree(candidate.path / folder)
    with scratch() as connection:
        attach(connection, candidate.database, "candidate", read_only=False)
        connection.execute("use candidate")
        audit = Audit(
            build_id=candidate.build_id,
            run_id=run_id,
            passed=verdict.passed,
            as_of=candidate.as_of,
            created_at=now(),
            code_version=code_version,
            checks=verdict.results,
            tables=_audited_tables(connection, candidate, verdict),
            files={},
        )
        if audit.passed:
            _note_publication(connection, audit)
            export_tables(connection, list(candidate.tables), candidate.path)
        connection.execute("use memory")
        connection.execute("detach candidate")
    if page is not None:
        (candidate.path / CHECKS_PAGE).write_text(page, encoding="utf-8")
    hashes = {path: sha256(file) for path, file in files_in(candidate.path).items()}
    audit = replace(audit, files=hashes)
    write_audit(audit, candidate.path)
    return audit


def _audited_tables(
    connection: DuckDBPyConnection, candidate: Candidate, verdict: Verdict
) -> dict[str, AuditedTable]:
    results = verdict.by_table()
    return {
        table: AuditedTable(
            rows=rows,
            fingerprint=fingerprint(connection, table),
            checks_run=len(results.get(table, ())),
            checks_failed=sum(result.label != "passed" for result in results.get(table, ())),
        )
        for table, rows in candidate.tables.items()
        if table != PUBLICATIONS_TABLE
    }


def fingerprint(connection: DuckDBPyConnection, table: str) -> str:
    """The row count and a digest of all values; the order of the rows does not matter."""
    row = connection.execute(
        f"select count(*), bit_xor(md5_number(cast(t as varchar))) from {name(table)} as t"
    ).fetchone()
    count, digest = row or (0, None)
    return f"{count}-{digest or 0:032x}"


def _note_publication(connection: DuckDBPyConnection, audit: Audit) -> None:
    connection.execute(
        f"delete from {PUBLICATIONS_TABLE} where publication_id = ?", [audit.build_id]
    )
    connection.executemany(
        f"insert into {PUBLICATIONS_TABLE} ({', '.join(PUBLICATION_COLUMNS)})"
        f" values ({', '.join('?' for _ in PUBLICATION_COLUMNS)})",
        audit.publication_rows(),
    )
    connection.execute("checkpoint candidate")
