"""A candidate: one build's published tables, copied from the warehouse into a file of their own.

The gate audits this very file, and it is this file that is published, so nothing can differ between
what was checked and what is read. Its storage format is one that every DuckDB since 1.0 opens. Its
tables are in the default schema of a database called `marts`: `select * from marts.funnel_stages`
works there as in the warehouse (a schema `marts` inside it would make that name ambiguous).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from dagster_project.settings import Settings
from dagster_project.warehouse.connections import attach, name, reader, scratch, text
from dagster_project.warehouse.contract import (
    MARTS_SCHEMA,
    NO_CONTRACT,
    PUBLICATIONS_TABLE,
    Contract,
    TableContract,
)
from dagster_project.warehouse.files import remove_tree
from dagster_project.warehouse.housekeeping import sweep_candidates
from dagster_project.warehouse.lock import warehouse_lock
from dagster_project.warehouse.ops import PUBLICATION_COLUMNS

log = logging.getLogger(__name__)

CATALOG = "marts"
DATABASE = f"{CATALOG}.duckdb"
PUBLISHED_STORAGE = "v1.0.0"

_BUILD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class CandidateRefused(RuntimeError):  # noqa: N818
    """A candidate cannot be built or found; the message says why."""


@dataclass(frozen=True)
class Candidate:
    """One build's folder, rows per table, and the moment its data is complete to (if known)."""

    build_id: str
    path: Path
    tables: dict[str, int]
    as_of: datetime | None

    @property
    def database(self) -> Path:
        return self.path / DATABASE


def build_candidate(
    settings: Settings,
    build_id: str,
    contract: Contract | None = None,
    tables: Sequence[str] | None = None,
) -> Candidate:
    """Copy the published tables out of the warehouse into `candidates/<build_id>/marts.duckdb`.

    Copies `tables`, else the tables of the `contract`, else every table of schema marts; rows in
    the order of the contract's primary key; comments from the contract, else as they are. A table
    that is missing in the warehouse is left out: the gate names it. An unpublished candidate of
    the same id is rebuilt.

    Raises:
        CandidateRefused: the latest transform did not succeed, or this build is already published.
        WarehouseLocked: another process writes to the warehouse.
    """
    folder = candidate_folder(settings, build_id)
    if (settings.published_dir / "v" / build_id).exists():
        raise CandidateRefused(f"build {build_id} is already published: build under a new id")
    building = folder.with_name(build_id + ".tmp")
    with warehouse_lock(settings.warehouse_path, f"build candidate {build_id}"):
        sweep_candidates(settings, spare=build_id)
        remove_tree(building)
        remove_tree(folder)
        building.mkdir(parents=True)
        with scratch() as connection:
            attach(connection, settings.warehouse_path, "warehouse")
            _demand_finished_transform(connection)
            storage = PUBLISHED_STORAGE
            attach(connection, building / DATABASE, "candidate", read_only=False, storage=storage)
            for table in _tables_to_copy(connection, contract, tables):
                _copy(connection, table, (contract or {}).get(table, NO_CONTRACT))
            _copy_history(connection)
            connection.execute("checkpoint candidate")
            connection.execute("detach candidate")
        left = [path.name for path in building.iterdir() if path.name != DATABASE]
        if left:
            raise CandidateRefused(f"build {build_id} left {left} beside {DATABASE}")
        building.rename(folder)
    candidate = open_candidate(settings, build_id)
    log.info("candidate %s: %d tables", build_id, len(candidate.tables))
    return candidate


def open_candidate(settings: Settings, build_id: str) -> Candidate:
    """Describe a candidate that an earlier step built.

    Raises:
        CandidateRefused: there is none of this id.
    """
    folder = candidate_folder(settings, build_id)
    if not (folder / DATABASE).exists():
        raise CandidateRefused(f"there is no candidate {build_id} in {settings.candidates_dir}")
    with reader(folder / DATABASE) as connection:
        counts = {
            table: int(_value(connection, f"select count(*) from {name(table)}"))
            for table in _table_names(connection, CATALOG, "main")
        }
        return Candidate(build_id, folder, counts, _as_of(connection))


def candidate_folder(settings: Settings, build_id: str) -> Path:
    """Where the candidate of a build lives.

    Raises:
        CandidateRefused: `build_id` is not fit to be a folder's name.
    """
    if not _BUILD_ID.fullmatch(build_id) or build_id.endswith(".tmp"):
        raise CandidateRefused(
            f"{build_id!r} is no build id: up to 100 letters, digits, dots, dashes, underscores"
        )
    return settings.candidates_dir / build_id


def _demand_finished_transform(connection: DuckDBPyConnection) -> None:
    known = _value(
        connection,
        "select count(*) from duckdb_tables() where database_name = 'warehouse'"
        " and schema_name = 'ops' and table_name = 'transform_runs'",
    )
    latest = (
        connection.execute(
            "select invocation_id, status from warehouse.ops.transform_runs"
            " order by started_at desc, invocation_id desc limit 1"
        ).fetchone()
        if known
        else None
    )
    if latest is None:
        raise CandidateRefused("no transform has run yet: run dbt before building a candidate")
    if latest[1] != "success":
        raise CandidateRefused(
            f"the latest transform ({latest[0]}) is {latest[1]!r}, so the marts may be half built:"
            " run the transform again"
        )


def _tables_to_copy(
    connection: DuckDBPyConnection, contract: Contract | None, tables: Sequence[str] | None
) -> list[str]:
    present = _table_names(connection, "warehouse", MARTS_SCHEMA)
    if tables is None and contract is None:
        return present
    wanted = set(tables if tables is not None else contract or ())
    return [table for table in present if table in wanted]


def _copy(connection: DuckDBPyConnection, table: str, agreed: TableContract) -> None:
    columns: dict[str, str | None] = dict(
        connection.execute(
            "select column_name, comment from duckdb_columns() where database_name = 'warehouse'"
            " and schema_name = ? and table_name = ? order by column_index",
            [MARTS_SCHEMA, table],
        ).fetchall()
    )
    order = [column for column in agreed.primary_key if column in columns] or list(columns)
    connection.execute(
        f"create table candidate.{name(table)} as"
        f" select {', '.join(map(name, columns))} from warehouse.{MARTS_SCHEMA}.{name(table)}"
        f" order by {', '.join(f'{name(column)} asc nulls last' for column in order)}"
    )
    about = _value(
        connection,
        "select any_value(comment) from duckdb_tables() where database_name = 'warehouse'"
        " and schema_name = ? and table_name = ?",
        [MARTS_SCHEMA, table],
    )
    meanings = {column: agreed.meanings.get(column) or columns[column] for column in columns}
    _comment(connection, table, agreed.description or about, meanings)


def _copy_history(connection: DuckDBPyConnection) -> None:
    """Give the candidate the list of earlier publications, unless dbt builds that table."""
    if PUBLICATIONS_TABLE in _table_names(connection, "candidate", "main"):
        return
    connection.execute(
        f"create table candidate.{PUBLICATIONS_TABLE} as"
        f" select {', '.join(PUBLICATION_COLUMNS)} from warehouse.ops.publications"
        " order by published_at, publication_id, table_name"
    )
    meanings: dict[str, str | None] = {
        column: meaning for column, (_, meaning) in PUBLICATION_COLUMNS.items()
    }
    about = "One row per publication and published table: when, from which data, how checked."
    _comment(connection, PUBLICATIONS_TABLE, about, meanings)


def _comment(
    connection: DuckDBPyConnection,
    table: str,
    about: str | None,
    meanings: dict[str, str | None],
) -> None:
    target = f"candidate.{name(table)}"
    if about:
        connection.execute(f"comment on table {target} is {text(about)}")
    for column, meaning in meanings.items():
        if meaning:
            connection.execute(f"comment on column {target}.{name(column)} is {text(meaning)}")


def _table_names(connection: DuckDBPyConnection, database: str, schema: str) -> list[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? and schema_name = ?"
        " order by table_name",
        [database, schema],
    ).fetchall()
    return [row[0] for row in rows]


def _as_of(connection: DuckDBPyConnection) -> datetime | None:
    dated = connection.execute(
        "select table_name from duckdb_columns()"
        " where column_name = 'as_of' and database_name = ? and table_name <> ?",
        [CATALOG, PUBLICATIONS_TABLE],
    ).fetchall()
    moments = [_value(connection, f"select min(as_of) from {name(row[0])}") for row in dated]
    return min((moment for moment in moments if moment is not None), default=None)


def _value(connection: DuckDBPyConnection, query: str, parameters: Sequence[str] = ()) -> Any:
    row = connection.execute(query, list(parameters)).fetchone()
    return row[0] if row else None
