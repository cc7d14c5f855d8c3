"""DuckDB for Great Expectations: a SQLAlchemy dialect whose results outlive their connection.

Great Expectations reads a result after it has given the connection back to the pool; the rollback
there empties DuckDB's pending result, so with duckdb-engine alone every expectation that queries
rows fails. Here a cursor fetches everything when it executes. Reflection asks DuckDB's own
catalogue, because duckdb-engine asks PostgreSQL's.

All connections are cursors of one DuckDB connection, opened and closed by `open_gate`: the
candidate is attached as `marts` and is the default, the warehouse as `warehouse`; both are read
only and cut off from files and network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from duckdb import DuckDBPyConnection
from duckdb_engine import ConnectionWrapper, CursorWrapper, Dialect
from sqlalchemy.dialects import registry
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import ReflectedColumn

from dagster_project.warehouse.connections import attach, harden, scratch

CANDIDATE = "marts"
WAREHOUSE = "warehouse"

_open: dict[str, list[DuckDBPyConnection]] = {}
"""Connections of each open gate: the first holds the files, the others are its cursors."""

_COLUMNS = sa.text("""
    select column_name, data_type, is_nullable, comment
    from duckdb_columns()
    where table_name = :table and database_name = :database and schema_name = :schema
    order by column_index
""")

_TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "BIGINT": sa.types.BIGINT,
    "BOOLEAN": sa.types.BOOLEAN,
    "DATE": sa.types.DATE,
    "DOUBLE": sa.types.FLOAT,
    "FLOAT": sa.types.FLOAT,
    "HUGEINT": sa.types.NUMERIC,
    "INTEGER": sa.types.INTEGER,
    "SMALLINT": sa.types.SMALLINT,
    "TIMESTAMP": sa.types.TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": sa.types.TIMESTAMP,
    "TINYINT": sa.types.SMALLINT,
    "UBIGINT": sa.types.NUMERIC,
    "VARCHAR": sa.types.VARCHAR,
}


@contextmanager
def open_gate(candidate: Path, warehouse: Path) -> Iterator[str]:
    """Open both files for reading and yield the connection string that leads to them.

    Raises:
        WarehouseLocked: another process writes to the warehouse.
    """
    token = uuid4().hex
    with scratch() as connection:
        attach(connection, candidate, CANDIDATE)
        attach(connection, warehouse, WAREHOUSE)
        harden(connection)
        _open[token] = [connection]
        try:
            yield f"duckdb+gate:///{token}"
        finally:
            # Great Expectations keeps its engine: an open cursor would keep the files locked.
            for cursor in _open.pop(token)[1:]:
                cursor.close()


class BufferedCursor(CursorWrapper):
    """A cursor that holds all rows of its last statement."""

    def __init__(self, connection: DuckDBPyConnection, wrapper: ConnectionWrapper) -> None:
        super().__init__(connection, wrapper)
        self._connection = connection
        self._description: Any = None
        self._rows: Iterator[tuple[Any, ...]] = iter(())

    def execute(self, statement: str, parameters: Any = None, context: Any = None) -> None:
        super().execute(statement, parameters, context)
        # DuckDB's type objects, kept by somebody until the end, make it complain of leaks at exit.
        self._description = [
            (name, str(kind), *rest) for name, kind, *rest in self._connection.description or ()
        ]
        self._rows = iter(self._connection.fetchall() if self._description else ())

    @property
    def description(self) -> Any:
        return self._description

    @property
    def rowcount(self) -> int:
        return -1  # unknown, as the database API says it

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        return list(islice(self._rows, size or 1))

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)


class BufferedConnection(ConnectionWrapper):
    """A connection whose cursors are buffered."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        super().__init__(connection)
        self._connection = connection

    def cursor(self) -> BufferedCursor:
        return BufferedCursor(self._connection, self)


class GateDialect(Dialect):
    """`duckdb+gate:///<token>`: cursors of the connection that `open_gate` holds."""

    supports_statement_cache = False

    def create_connect_args(self, url: URL) -> tuple[tuple[Any, ...], dict[Any, Any]]:
        return (url.database or "",), {}

    def connect(self, *arguments: Any, **_: Any) -> Any:
        connections = _open[arguments[0]]
        cursor = connections[0].cursor()
        cursor.execute(f"use {CANDIDATE}")
        connections.append(cursor)
        return BufferedConnection(cursor)

    def get_columns(
        self, connection: sa.Connection, table_name: str, schema: str | None = None, **_: Any
    ) -> list[ReflectedColumn]:
        database, _separator, inner = (schema or f"{CANDIDATE}.main").rpartition(".")
        where = {"table": table_name, "database": database or CANDIDATE, "schema": inner}
        columns = [
            ReflectedColumn(
                name=name,
                type=sql_type(data_type),
                nullable=nullable,
                default=None,
                autoincrement=False,
                comment=comment,
            )
            for name, data_type, nullable, comment in connection.execute(_COLUMNS, where)
        ]
        if not columns:
            raise sa.exc.NoSuchTableError(table_name)
        return columns


def sql_type(duckdb_type: str) -> sa.types.TypeEngine[Any]:
    """SQLAlchemy's type for a DuckDB type; nested and rare types pass as text."""
    decimal = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", duckdb_type)
    if decimal:
        return sa.types.DECIMAL(int(decimal[1]), int(decimal[2]))
    return _TYPES.get(duckdb_type, sa.types.VARCHAR)()


registry.register("duckdb.gate", __name__, GateDialect.__name__)
