"""DuckDB for Great Expectations: a SQLAlchemy dialect whose results outlive their connection.

Great Expectations reads a result after it has given the connection back to the pool; the rollback
there empties DuckDB's pending result, so with duckdb-engine, the public dialect, every expectation
that queries rows fails. Here a cursor fetches everything when it executes. The dialect is generic
SQL plus reflection from DuckDB's own catalogue; it reads, it does not write.

All connections are cursors of one DuckDB connection, opened and closed by `open_gate`: the
candidate is attached as `marts` and is the default, the warehouse as `warehouse`; both are read
only and cut off from files and network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import sqlalchemy as sa
from duckdb import DuckDBPyConnection
from sqlalchemy.dialects import registry
from sqlalchemy.engine import URL
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.sql.compiler import RESERVED_WORDS, IdentifierPreparer

from dagster_project.warehouse.connections import attach, harden, scratch

CANDIDATE = "marts"
WAREHOUSE = "warehouse"

_open: dict[str, list[DuckDBPyConnection]] = {}
"""Connections of each open gate: the first holds the files, the others are its cursors."""

_RELATIONS = """
    select table_name from information_schema.tables
    where table_catalog = :database and table_schema = :schema and table_type = :kind
    order by table_name
"""

_COLUMNS = """
    select column_name, data_type, is_nullable, comment from duckdb_columns()
    where database_name = :database and schema_name = :schema and table_name = :table
    order by column_index
"""

_SCHEMAS = """
    select database_name || '.' || schema_name from duckdb_schemas()
    where not internal order by database_name, schema_name
"""

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


class BufferedCursor:
    """A database cursor (PEP 249) that holds all rows of its last statement."""

    arraysize = 1
    rowcount = -1  # unknown, as PEP 249 says it

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection
        self._rows: Iterator[tuple[Any, ...]] = iter(())
        self.description: list[tuple[Any, ...]] | None = None

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        self._connection.execute(statement, list(parameters))
        self.description = [
            (column[0], str(column[1]), *column[2:])
            for column in self._connection.description or ()
        ]
        self._rows = iter(self._connection.fetchall() if self.description else ())

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        return list(islice(self._rows, size or self.arraysize))

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)

    def close(self) -> None:
        self._rows = iter(())


class GateConnection:
    """A database connection (PEP 249). It only reads: there is nothing to commit or roll back."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection

    def cursor(self) -> BufferedCursor:
        return BufferedCursor(self._connection)

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None:
        self._connection.close()


class GatePreparer(IdentifierPreparer):
    """Quotes as DuckDB needs it; a schema may be `<database>.<schema>`."""

    def __init__(self, dialect: Any, **options: Any) -> None:
        super().__init__(dialect, **options)
        self.reserved_words = RESERVED_WORDS | _words_reserved_by_duckdb()

    def quote_schema(self, schema: str, force: Any = None) -> str:
        return ".".join(self.quote(part) for part in schema.split("."))


class _Driver:
    """What SQLAlchemy wants to know of a PEP 249 module."""

    apilevel = "2.0"
    threadsafety = 1
    paramstyle = "qmark"
    Error = duckdb.Error


class GateDialect(DefaultDialect):
    """`duckdb+gate:///<token>`: cursors of the connection that `open_gate` holds."""

    name = "duckdb"
    driver = "gate"
    preparer: type[IdentifierPreparer] = GatePreparer
    supports_statement_cache = False
    supports_native_decimal = True
    supports_native_boolean = True
    supports_sane_rowcount = False
    default_schema_name = f"{CANDIDATE}.main"

    @classmethod
    def import_dbapi(cls) -> Any:
        return _Driver

    def create_connect_args(self, url: URL) -> tuple[tuple[Any, ...], dict[Any, Any]]:
        return (url.database or "",), {}

    def connect(self, *arguments: Any, **_: Any) -> Any:
        connections = _open[arguments[0]]
        cursor = connections[0].cursor()
        cursor.execute(f"use {CANDIDATE}")
        connections.append(cursor)
        return GateConnection(cursor)

    def get_schema_names(self, connection: sa.Connection, **_: Any) -> list[str]:
        return list(connection.scalars(sa.text(_SCHEMAS)))

    def get_table_names(
        self, connection: sa.Connection, schema: str | None = None, **_: Any
    ) -> list[str]:
        where = _place(schema) | {"kind": "BASE TABLE"}
        return list(connection.scalars(sa.text(_RELATIONS), where))

    def get_view_names(
        self, connection: sa.Connection, schema: str | None = None, **_: Any
    ) -> list[str]:
        return list(connection.scalars(sa.text(_RELATIONS), _place(schema) | {"kind": "VIEW"}))

    def has_table(
        self, connection: sa.Connection, table_name: str, schema: str | None = None, **_: Any
    ) -> bool:
        where = _place(schema) | {"table": table_name}
        return connection.execute(sa.text(_COLUMNS), where).first() is not None

    def get_columns(
        self, connection: sa.Connection, table_name: str, schema: str | None = None, **_: Any
    ) -> list[ReflectedColumn]:
        where = _place(schema) | {"table": table_name}
        columns = [
            ReflectedColumn(
                name=name,
                type=sql_type(data_type),
                nullable=nullable,
                default=None,
                autoincrement=False,
                comment=comment,
            )
            for name, data_type, nullable, comment in connection.execute(sa.text(_COLUMNS), where)
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


@cache
def _words_reserved_by_duckdb() -> frozenset[str]:
    with scratch(external_access=False) as connection:
        words = connection.execute(
            "select keyword_name from duckdb_keywords() where keyword_category = 'reserved'"
        ).fetchall()
    return frozenset(word for (word,) in words)


def _place(schema: str | None) -> dict[str, str]:
    """`warehouse.core` as database and schema; no schema is the candidate's."""
    database, _, inner = (schema or f"{CANDIDATE}.main").rpartition(".")
    return {"database": database or CANDIDATE, "schema": inner}


registry.register("duckdb.gate", __name__, GateDialect.__name__)
