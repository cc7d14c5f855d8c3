"""Schema `ops` of the warehouse: what was loaded, transformed and published, and when (UTC).

Bookkeeping of the pipeline itself, which dbt models may read as a source. Rows are only added, but
for `previous_*`, which hold what is in force now (`warehouse.previous`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from duckdb import DuckDBPyConnection

from dagster_project.settings import Settings
from dagster_project.warehouse.connections import writer

TransformStatus = Literal["running", "success", "failed"]

PUBLICATION_COLUMNS: dict[str, tuple[str, str]] = {
    "publication_id": ("varchar", "The publication: the id of the build that was published."),
    "run_id": ("varchar", "The orchestrator's run that built it."),
    "as_of": ("timestamp", "The moment its data is complete to (UTC)."),
    "published_at": ("timestamp", "When the build was sealed for publication (UTC)."),
    "table_name": ("varchar", "A published table."),
    "row_count": ("bigint", "Rows of that table in this publication."),
    "checks_run": ("integer", "Checks of the gate that were run on the table."),
    "checks_failed": ("integer", "Checks that failed; published means none of them was critical."),
    "code_version": ("varchar", "Version of the code that built it."),
}
"""Columns of `ops.publications` and of the published table `publications`: type and meaning."""

PREVIOUS_DEAL_COLUMNS: dict[str, str] = {
    "source": "varchar",
    "deal_id": "varchar",
    "pipeline_id": "varchar",
    "outcome": "varchar",
    "amount": "decimal(18, 2)",
    "amount_original": "decimal(18, 2)",
    "currency": "varchar",
    "created_at": "timestamp",
    "closed_at": "timestamp",
    "created_on": "date",
    "closed_on": "date",
}
"""What is kept of the deals in force, to say what a new build changes: nobody's name is in it."""

RESTATEMENT_COLUMNS: dict[str, str] = {
    "source": "varchar",
    "pipeline_id": "varchar",
    "month": "date",
    "metric": "varchar",
    "reason": "varchar",
    "deals": "bigint",
    "difference": "decimal(18, 2)",
    "old_value": "decimal(18, 2)",
    "new_value": "decimal(18, 2)",
    "previous_publication_id": "varchar",
    "previous_as_of": "timestamp",
    "restated_as_of": "timestamp",
}
"""What is kept of the restatements in force, to carry them over."""


def _columns(columns: dict[str, str]) -> str:
    return ", ".join(f"{column} {kind}" for column, kind in columns.items())


_TABLES = f"""
create schema if not exists ops;

create table if not exists ops.publications (
    {", ".join(f"{column} {kind}" for column, (kind, _) in PUBLICATION_COLUMNS.items())},
    primary key (publication_id, table_name)
);

create table if not exists ops.previous_publication (
    publication_id varchar primary key,
    as_of timestamp,
    published_at timestamp,
    code_version varchar
);

create table if not exists ops.previous_deals ({_columns(PREVIOUS_DEAL_COLUMNS)});

create table if not exists ops.previous_restatements ({_columns(RESTATEMENT_COLUMNS)});

create table if not exists ops.loads (
    load_id varchar,
    source varchar,
    table_name varchar,
    window_start timestamp,
    window_end timestamp,
    row_count bigint,
    loaded_at timestamp,
    primary key (load_id, table_name)
);

create table if not exists ops.transform_runs (
    invocation_id varchar primary key,
    started_at timestamp,
    finished_at timestamp,
    status varchar,
    code_version varchar
);
"""


def create_warehouse(path: Path) -> None:
    """Create the warehouse file in its pinned storage format with the `ops` tables, if missing."""
    with writer(path, "create the warehouse") as connection:
        ensure_ops(connection)


def ensure_ops(connection: DuckDBPyConnection) -> None:
    """Create the schema `ops` and its tables where they are missing."""
    connection.execute(_TABLES)


def record_transform(
    settings: Settings,
    invocation_id: str,
    started_at: datetime,
    status: TransformStatus,
    code_version: str = "",
) -> None:
    """Note that a transform (one dbt invocation) has started or ended.

    Call it with `running` before and with `success` or `failed` after, under the same id. A
    candidate needs the latest transform to be a success: one killed halfway publishes nothing.
    """
    finished_at = None if status == "running" else now()
    with writer(settings.warehouse_path, f"record transform {invocation_id}") as connection:
        ensure_ops(connection)
        connection.execute(
            "insert or replace into ops.transform_runs values (?, ?, ?, ?, ?)",
            [invocation_id, _naive_utc(started_at), finished_at, status, code_version],
        )


def record_loads(
    connection: DuckDBPyConnection,
    source: str,
    load_id: str,
    rows: dict[str, int],
    window: tuple[datetime | None, datetime | None],
) -> None:
    """Note how many rows one load wrote to each raw table, and for which window of changes."""
    ensure_ops(connection)
    start, end = (_naive_utc(bound) if bound else None for bound in window)
    loaded_at = now()
    connection.executemany(
        "insert or replace into ops.loads values (?, ?, ?, ?, ?, ?, ?)",
        [[load_id, source, table, start, end, count, loaded_at] for table, count in rows.items()],
    )


def record_publications(connection: DuckDBPyConnection, rows: Iterable[tuple[object, ...]]) -> None:
    """Note publications, one row per published table; those already noted stay as they are."""
    noted = {
        row[0]
        for row in connection.execute("select publication_id from ops.publications").fetchall()
    }
    new = [row for row in rows if row[0] not in noted]
    if new:
        marks = ", ".join("?" for _ in PUBLICATION_COLUMNS)
        connection.execute("begin")
        connection.executemany(f"insert into ops.publications values ({marks})", new)
        connection.execute("commit")


def now() -> datetime:
    """The present moment as the warehouse stores moments: UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def _naive_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
