"""What readers have now, brought into the warehouse, so that dbt can say what a new build changes.

dbt never opens a published file: it reads three tables of schema `ops`, filled before it runs. So a
build depends on the warehouse alone, and the comparison can be repeated by hand.
"""

from __future__ import annotations

import logging

from duckdb import DuckDBPyConnection

from dagster_project.settings import Settings
from dagster_project.warehouse.connections import attach, name, writer
from dagster_project.warehouse.ops import (
    PREVIOUS_DEAL_COLUMNS,
    RESTATEMENT_COLUMNS,
    ensure_ops,
)
from dagster_project.warehouse.publication import Publication, current

log = logging.getLogger(__name__)

_IN_FORCE = "in_force"


def load_previous(settings: Settings) -> str | None:
    """Replace `ops.previous_*` by the publication in force; returns its id, or None without one.

    After a rollback that is the version rolled back to. A version without the tables or columns
    needed, published by older code, is not compared with: everything stays empty.

    Raises:
        WarehouseLocked: another process writes to the warehouse.
    """
    publication = current(settings)
    with writer(settings.warehouse_path, "load what is in force") as connection:
        ensure_ops(connection)
        if publication is not None:
            attach(connection, publication.database, _IN_FORCE)
        connection.execute("begin")
        for table in ("previous_publication", "previous_deals", "previous_restatements"):
            connection.execute(f"delete from ops.{table}")
        compared = publication is not None and _copy(connection, publication)
        connection.execute("commit")
        if publication is not None:
            connection.execute(f"detach {_IN_FORCE}")
    return publication.publication_id if publication is not None and compared else None


def _copy(connection: DuckDBPyConnection, publication: Publication) -> bool:
    """Copy what the version holds; False if its deals cannot be compared."""
    missing = PREVIOUS_DEAL_COLUMNS.keys() - _columns(connection, "deals")
    if missing or publication.audit.as_of is None:
        log.warning(
            "%s is not compared with: deals without %s",
            publication.publication_id,
            ", ".join(sorted(missing)) or "as_of",
        )
        return False
    audit = publication.audit
    connection.execute(
        "insert into ops.previous_publication values (?, ?, ?, ?)",
        [publication.publication_id, audit.as_of, audit.created_at, audit.code_version],
    )
    _insert(connection, "previous_deals", "deals", list(PREVIOUS_DEAL_COLUMNS))
    if RESTATEMENT_COLUMNS.keys() <= _columns(connection, "restatements"):
        _insert(connection, "previous_restatements", "restatements", list(RESTATEMENT_COLUMNS))
    return True


def _insert(connection: DuckDBPyConnection, target: str, table: str, columns: list[str]) -> None:
    listed = ", ".join(map(name, columns))
    connection.execute(
        f"insert into ops.{target} ({listed}) select {listed} from {_IN_FORCE}.main.{name(table)}"
    )


def _columns(connection: DuckDBPyConnection, table: str) -> set[str]:
    rows = connection.execute(
        "select column_name from duckdb_columns()"
        " where database_name = ? and schema_name = 'main' and table_name = ?",
        [_IN_FORCE, table],
    ).fetchall()
    return {row[0] for row in rows}
