"""What nightly snapshots saw, kept outside the warehouse as well: it cannot be extracted again.

The warehouse can be removed and filled anew from the sources; the tables of schema `snapshots`
cannot. Each is copied to a Parquet file after every transform that succeeds, and read back when the
warehouse has lost it.
"""

from __future__ import annotations

import logging
from pathlib import Path

from duckdb import DuckDBPyConnection

from dagster_project.settings import Settings
from dagster_project.warehouse.connections import attach, name, scratch, text, writer
from dagster_project.warehouse.files import sync

log = logging.getLogger(__name__)

SNAPSHOTS_SCHEMA = "snapshots"
"""Schema of the warehouse that dbt's snapshots are in."""


def snapshots_dir(settings: Settings) -> Path:
    """Where the copies lie, one `<table>.parquet` each."""
    return settings.data_dir / SNAPSHOTS_SCHEMA


def keep_snapshots(settings: Settings) -> None:
    """Copy every snapshot table out of the warehouse; a copy is replaced in one step.

    Raises:
        WarehouseLocked: another process writes to the warehouse.
    """
    folder = snapshots_dir(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with scratch() as connection:
        attach(connection, settings.warehouse_path, "warehouse")
        for table in _tables(connection, "warehouse"):
            aside = folder / f"{table}.parquet.tmp"
            connection.execute(
                f"copy warehouse.{SNAPSHOTS_SCHEMA}.{name(table)} to {text(str(aside))}"
                " (format parquet, compression zstd)"
            )
            sync(aside)
            aside.replace(folder / f"{table}.parquet")
    sync(folder)


def restore_snapshots(settings: Settings) -> tuple[str, ...]:
    """Read back the snapshot tables that the warehouse does not have; returns their names.

    A table that is there is left alone, whatever its copy holds.

    Raises:
        WarehouseLocked: another process writes to the warehouse.
    """
    copies = {path.stem: path for path in sorted(snapshots_dir(settings).glob("*.parquet"))}
    if not copies:
        return ()
    with writer(settings.warehouse_path, "restore snapshots") as connection:
        lost = sorted(copies.keys() - set(_tables(connection, _database(connection))))
        connection.execute(f"create schema if not exists {SNAPSHOTS_SCHEMA}")
        for table in lost:
            connection.execute(
                f"create table {SNAPSHOTS_SCHEMA}.{name(table)} as"
                f" select * from read_parquet({text(str(copies[table]))})"
            )
            log.warning("restored %s.%s from %s", SNAPSHOTS_SCHEMA, table, copies[table])
    return tuple(lost)


def _tables(connection: DuckDBPyConnection, database: str) -> list[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? and schema_name = ?"
        " order by table_name",
        [database, SNAPSHOTS_SCHEMA],
    ).fetchall()
    return [row[0] for row in rows]


def _database(connection: DuckDBPyConnection) -> str:
    row = connection.execute("select current_database()").fetchone()
    assert row is not None
    return str(row[0])
