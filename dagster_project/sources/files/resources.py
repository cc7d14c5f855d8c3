"""The raw tables as dlt resources: what all mappings together hold, one Arrow table after another.

A file is the complete picture, so each load replaces what the raw table held: rows gone from the
file, and sources gone from the settings, go from it too. An `incremental` entity only brings what
changed: its source's rows are merged by key and stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, cast

import dlt
import pyarrow as pa
from dlt.common.schema.typing import TColumnSchema
from dlt.extract import DltResource

from dagster_project.sources.base import Window
from dagster_project.sources.canonical import ENTITIES
from dagster_project.sources.files import quarantine
from dagster_project.sources.files.capabilities import capabilities
from dagster_project.sources.files.entities import NULLABLE_KEYS
from dagster_project.sources.files.mapping import Mapping
from dagster_project.sources.files.prepare import Prepared, now, prepared
from dagster_project.warehouse.connections import name, text

QUARANTINE = "quarantine"
TABLES = (*ENTITIES, QUARANTINE)
BATCH_ROWS = 100_000

_ARROW = {
    "varchar": pa.string(),
    "decimal(18,2)": pa.decimal128(18, 2),
    "decimal(18,3)": pa.decimal128(18, 3),
    "decimal(18,4)": pa.decimal128(18, 4),
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
    "boolean": pa.bool_(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
}


class Extraction:
    """Every mapping, worked out and open until the last of its rows is read."""

    def __init__(self, mappings: Sequence[Mapping], window: Window) -> None:
        """Work out the mappings.

        Raises:
            MappingError, FileError: a mapping or a file is wrong.
            TooManyRejectedError: an entity has more bad rows than its mapping allows.
        """
        self._window = window
        self._now = now()
        self._stack = ExitStack()
        self._unread = set(TABLES)
        try:
            self._prepared = [self._stack.enter_context(prepared(one)) for one in mappings]
            for one in self._prepared:
                one.refuse_if_too_many_rejected()
        except BaseException:
            self._stack.close()
            raise

    def resources(self) -> list[DltResource]:
        return [self._resource(table) for table in TABLES]

    def _resource(self, table: str) -> DltResource:
        kept = [one.mapping.source for one in self._prepared if _is_incremental(one, table)]
        disposition = {
            "disposition": "merge",
            "strategy": "delete-insert",
            "deduplicated": True,  # keys are unique already, rows that repeat one are quarantined
            "destination_scope": _replaced(table, kept),
        }
        return dlt.resource(
            self._rows(table),
            name=table,
            write_disposition=cast(Any, disposition),
            primary_key=() if table == QUARANTINE else _key(table),
            columns=_dlt_columns(table),
        )

    def _rows(self, table: str) -> Iterator[pa.Table]:
        yield arrow_schema(table).empty_table()
        for one in self._prepared:
            yield from self._rows_of(one, table)
        self._unread.discard(table)
        if not self._unread:
            self._stack.close()

    def _rows_of(self, one: Prepared, table: str) -> Iterator[pa.Table]:
        query = self._query(one, table)
        if query is not None:
            # dlt takes turns between resources: each reads through a cursor of its own.
            with one.space.connection.cursor() as cursor:
                for batch in cursor.sql(query).to_arrow_reader(BATCH_ROWS):
                    yield pa.Table.from_batches([batch]).cast(arrow_schema(table))

    def _query(self, one: Prepared, table: str) -> str | None:
        if table == QUARANTINE:
            return f"select * from work.{quarantine.TABLE}"
        if table == "source_capabilities":
            row = capabilities(one, self._now)
            return "select " + ", ".join(
                f"cast({_literal(row[column])} as {kind}) as {column}"
                for column, kind in ENTITIES[table].columns.items()
            )
        if table not in one.tallies:
            return None
        changed = self._changed() if _is_incremental(one, table) else "true"
        columns = ", ".join(_stored(table, column) for column in ENTITIES[table].columns)
        return (
            f"select {text(one.mapping.source)} as source, {columns} "
            f"from work._good_{table} where {changed}"
        )

    def _changed(self) -> str:
        end = f"updated_at < {_moment(self._window.end)}"
        start = self._window.start
        return end if start is None else f"{end} and updated_at >= {_moment(start)}"


def _stored(table: str, column: str) -> str:
    """Key columns may not be null in a raw table: a blank part of a key is blank text there."""
    is_text = ENTITIES[table].columns[column] == "varchar"
    if table in NULLABLE_KEYS and column in ENTITIES[table].key and is_text:
        return f"coalesce({name(column)}, '') as {name(column)}"
    return name(column)


def _is_incremental(one: Prepared, table: str) -> bool:
    return any(block.incremental for block in one.mapping.entities.get(table, ()))


def _replaced(table: str, kept: list[str]) -> str:
    """Which rows a load takes away: all, but of `kept` sources only those it brings."""
    if not kept:
        return "true"
    same = " and ".join(f"s.{name(column)} = {{table}}.{name(column)}" for column in _key(table))
    listed = ", ".join(text(source) for source in kept)
    return (
        f"{{table}}.source not in ({listed}) "
        f"or exists (select 1 from {{staging_table}} as s where {same})"
    )


def _key(table: str) -> tuple[str, ...]:
    key = ENTITIES[table].key
    return key if "source" in key else ("source", *key)


def _literal(value: object) -> str:
    match value:
        case None | bool():
            return "null" if value is None else str(value).lower()
        case _:
            return text(str(value))


def _moment(at: datetime) -> str:
    return f"timestamp '{at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"


def arrow_schema(table: str) -> pa.Schema:
    """The raw table's columns: `source`, then the canonical ones."""
    if table == QUARANTINE:
        columns = quarantine.COLUMNS
    else:
        columns = {"source": "varchar"} | ENTITIES[table].columns
    return pa.schema([(column, _ARROW[kind]) for column, kind in columns.items()])


def _dlt_columns(table: str) -> dict[str, TColumnSchema]:
    """Only timestamps need a hint: ours are UTC without a zone mark, dlt would add one."""
    return {
        field.name: {"name": field.name, "data_type": "timestamp", "timezone": False}
        for field in arrow_schema(table)
        if pa.types.is_timestamp(field.type)
    }
