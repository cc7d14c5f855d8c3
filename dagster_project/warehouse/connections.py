"""Every DuckDB connection of the project is opened here.

Three kinds: `writer` (the warehouse, one process at a time), `reader` (any file, read only and
closed to the outside), `scratch` (in memory). All run in UTC, load no extension, and are closed
whatever happens. One process cannot hold a reader and a writer of the same file at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from dagster_project.warehouse.lock import WarehouseLocked, lock_path, warehouse_lock

__all__ = [
    "WarehouseLocked",
    "attach",
    "name",
    "reader",
    "scratch",
    "text",
    "warehouse_lock",
    "writer",
]

WAREHOUSE_STORAGE = "v1.5.0"
"""Storage format of the warehouse: DuckDB 1.5 can still open it, a way back from 2.0. A file keeps
the format it was created with, whoever writes to it later."""

_NO_EXTENSIONS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


@contextmanager
def writer(path: Path, purpose: str = "write") -> Iterator[DuckDBPyConnection]:
    """Open the warehouse for writing, creating it in the pinned storage format, and hold its lock.

    Raises:
        WarehouseLocked: another process has the file open. `purpose` is what others are told of us.
    """
    with warehouse_lock(path, purpose):
        config = _NO_EXTENSIONS | {"storage_compatibility_version": WAREHOUSE_STORAGE}
        try:
            connection = duckdb.connect(str(path), config=config)
        except duckdb.IOException as error:
            raise _as_locked(path, error) from error
        try:
            connection.execute("set TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()


@contextmanager
def reader(path: Path) -> Iterator[DuckDBPyConnection]:
    """Open a DuckDB file read only: no other file can be read or written, no setting changed.

    Raises:
        FileNotFoundError: there is no such file.
        WarehouseLocked: another process is writing to it.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: run the nightly job first")
    try:
        connection = duckdb.connect(str(path), read_only=True, config=_NO_EXTENSIONS)
    except duckdb.IOException as error:
        raise _as_locked(path, error) from error
    try:
        connection.execute("set TimeZone = 'UTC'")
        harden(connection)
        yield connection
    finally:
        connection.close()


@contextmanager
def scratch(external_access: bool = True) -> Iterator[DuckDBPyConnection]:
    """Open an in-memory database: to read files with (`external_access`) or to compute in."""
    connection = duckdb.connect(config=_NO_EXTENSIONS)
    try:
        connection.execute("set TimeZone = 'UTC'")
        if not external_access:
            harden(connection)
        yield connection
    finally:
        connection.close()


def harden(connection: DuckDBPyConnection) -> None:
    """Cut a connection off from files and network for good; what is attached stays attached."""
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def attach(
    connection: DuckDBPyConnection,
    path: Path,
    alias: str,
    *,
    read_only: bool = True,
    storage: str | None = None,
) -> None:
    """Attach a file under `alias`; `storage` is the format of a file that is to be created.

    Raises:
        WarehouseLocked: another process has the file open.
    """
    options = ["read_only"] if read_only else []
    if storage is not None:
        options.append(f"storage_version {text(storage)}")
    suffix = f" ({', '.join(options)})" if options else ""
    try:
        connection.execute(f"attach {text(str(path))} as {name(alias)}{suffix}")
    except duckdb.IOException as error:
        raise _as_locked(path, error) from error


def name(identifier: str) -> str:
    """Quote an identifier for SQL."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """Quote a text literal for SQL."""
    return "'" + value.replace("'", "''") + "'"


def _as_locked(path: Path, error: duckdb.IOException) -> Exception:
    if "Could not set lock on file" not in str(error):
        return error
    return WarehouseLocked(
        f"{path} is open in another process that does not hold {lock_path(path).name}"
        f" (a dbt run by hand, a SQL client?): close it and run again. DuckDB says: {error}"
    )
