"""Building an entity: every block evaluated over its file, the blocks one under another.

Table `_built_<entity>` has the canonical columns, where each row came from (`_block`, `_row`), and
per column that can fail `_bad_<column>`: the text that could not be read, null where all is well.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from dagster_project.sources.canonical import ENTITIES
from dagster_project.sources.files.derived import default_currency, derived_column
from dagster_project.sources.files.errors import MappingError
from dagster_project.sources.files.expressions import (
    Compiled,
    Scope,
    compile_column,
    explained,
)
from dagster_project.sources.files.mapping import Block, ColumnSpec, Mapping
from dagster_project.sources.files.text_tables import PROVENANCE
from dagster_project.sources.files.workspace import Workspace
from dagster_project.warehouse.connections import name, text

NULLABLE_KEYS = ("marketing_spend",)
"""Entities whose key may be blank in parts: spend without a campaign is spend of no campaign."""


@dataclass(frozen=True)
class Built:
    """One entity, built. `reasons` says for each column and block what its failure means."""

    entity: str
    table: str
    reasons: dict[str, dict[int, str]]


def build_entity(space: Workspace, entity: str) -> Built:
    """Build one mapped entity.

    Raises:
        MappingError: a column or expression does not fit the files, or a required one is missing.
    """
    blocks = space.mapping.entities[entity]
    currency = default_currency(space.mapping, entity, blocks)
    compiled = [_compile_block(space, entity, number, block) for number, block in enumerate(blocks)]
    mapped = set().union(*(columns for _, columns in compiled))
    _refuse_missing(space, entity, mapped)
    fallible = [
        column
        for column in ENTITIES[entity].columns
        if any(column in columns and columns[column].can_fail for _, columns in compiled)
    ]
    union = " union all ".join(
        _select_block(number, from_clause, columns, entity, mapped, fallible)
        for number, (from_clause, columns) in enumerate(compiled)
    )
    final = [
        _final_column(space.mapping, entity, column, [columns for _, columns in compiled], currency)
        for column in ENTITIES[entity].columns
    ]
    bad = [name(f"_bad_{column}") for column in fallible]
    table = f"_built_{entity}"
    try:
        space.connection.execute(
            f"create table {table} as "
            f"select _block, _row, {', '.join([*final, *bad])} from ({union})"
        )
    except duckdb.Error as error:
        raise MappingError(f"entities.{entity}: {str(error).splitlines()[0]}") from error
    reasons = {
        column: {
            number: columns[column].reason
            for number, (_, columns) in enumerate(compiled)
            if column in columns
        }
        for column in fallible
    }
    return Built(entity, table, reasons)


def _final_column(
    mapping: Mapping,
    entity: str,
    column: str,
    blocks: list[dict[str, Compiled]],
    currency: str | None,
) -> str:
    """A canonical column over the blocks: as mapped, and derived where a block does not map it."""
    kind = ENTITIES[entity].columns[column]
    derived = derived_column(mapping, entity, column, set().union(*blocks)) or "null"
    mapping_it = [str(number) for number, columns in enumerate(blocks) if column in columns]
    if not mapping_it:
        value = derived
    elif len(mapping_it) == len(blocks):
        value = name(column)
    else:
        value = (
            f"case when _block in ({', '.join(mapping_it)}) then {name(column)} else {derived} end"
        )
    if column == "currency" and currency:
        value = f"coalesce({value}, {text(currency)})"
    if kind == "boolean":
        value = f"coalesce({value}, {derived})"
    return f"cast({value} as {kind}) as {name(column)}"


def _compile_block(
    space: Workspace, entity: str, number: int, block: Block
) -> tuple[str, dict[str, Compiled]]:
    where = f"entities.{entity}" + (f"[{number + 1}]" if number else "")
    if block.rows:
        return _compile_rows(space, entity, where, block)
    assert block.file is not None
    from_clause = f"{name(block.file)} {block.join}" + (
        f" where {block.where}" if block.where else ""
    )
    columns = table_columns(space, block.file)
    scope = Scope(
        space.connection, where, block.file, from_clause, columns, _all_columns(space, columns)
    )
    try:
        space.connection.execute(f"describe select 1 from {from_clause}")
    except duckdb.Error as error:
        message = explained(error, f"{block.join} {block.where}".strip(), scope.all_columns)
        raise MappingError(f"{where}: {message}") from error
    has_rows = _has_column(space, block.file, "_row")
    row = f"{name(block.file)}._row" if has_rows else "null"
    compiled = {
        column: compile_column(scope, entity, column, spec)
        for column, spec in block.columns.items()
    }
    return f"{row}|{from_clause}", compiled


def _compile_rows(
    space: Workspace, entity: str, where: str, block: Block
) -> tuple[str, dict[str, Compiled]]:
    """Rows written out in the mapping become a table of text, read like a file's."""
    columns = tuple(dict.fromkeys(column for row in block.rows for column in row))
    table = f"_rows_{entity}_{space.mapping.entities[entity].index(block)}"
    values = ", ".join(
        "(" + ", ".join(_text_or_null(row.get(column)) for column in columns) + ")"
        for row in block.rows
    )
    space.connection.execute(
        f"create table {table} as select * from (values {values}) as t "
        f"({', '.join(name(column) for column in columns)})"
    )
    scope = Scope(space.connection, where, table, table, columns, columns)
    return f"null|{table}", {
        column: compile_column(scope, entity, column, ColumnSpec(column=column))
        for column in columns
    }


def _text_or_null(value: object) -> str:
    if value is None:
        return "cast(null as varchar)"
    return text(str(value).lower() if isinstance(value, bool) else str(value))


def _select_block(
    number: int,
    origin: str,
    columns: dict[str, Compiled],
    entity: str,
    mapped: set[str],
    fallible: list[str],
) -> str:
    row, from_clause = origin.split("|", 1)
    types = ENTITIES[entity].columns
    inner = [f"cast({row} as bigint) as _row"]
    outer = [f"{number} as _block", "_row"]
    for column in types:
        one = columns.get(column)
        tried, shown = name(f"_try_{column}"), name(f"_shown_{column}")
        if one is not None and one.can_fail:
            # An error makes the struct null; a value that is null by right stays inside it.
            inner.append(f"try(struct_pack(v := cast({one.sql} as {types[column]}))) as {tried}")
            inner.append(f"cast({one.shown} as varchar) as {shown}")
            outer.append(f"{tried}.v as {name(column)}")
        elif one is not None:
            inner.append(f"{one.sql} as {name(column)}")
            outer.append(name(column))
        elif column in mapped:
            outer.append(f"cast(null as {types[column]}) as {name(column)}")
        if column in fallible:
            failed = one is not None and one.can_fail
            bad = f"case when {tried} is null then coalesce({shown}, '') end" if failed else "null"
            outer.append(f"cast({bad} as varchar) as {name(f'_bad_{column}')}")
    return f"select {', '.join(outer)} from (select {', '.join(inner)} from {from_clause})"


def _refuse_missing(space: Workspace, entity: str, mapped: set[str]) -> None:
    canonical = ENTITIES[entity]
    nullable_key = entity in NULLABLE_KEYS
    for column in (*(() if nullable_key else canonical.key), *canonical.required):
        if column in mapped or derived_column(space.mapping, entity, column, mapped):
            continue
        hint = " (or write out one pipeline under `pipelines`)" if column == "pipeline_id" else ""
        raise MappingError(f"entities.{entity}: map `{column}`, every row needs it{hint}")


def table_columns(space: Workspace, table: str) -> tuple[str, ...]:
    """The columns of a file or query, as the mapping may name them."""
    rows = space.connection.execute(f"describe {name(table)}").fetchall()
    return tuple(row[0] for row in rows if row[0] not in PROVENANCE)


def _has_column(space: Workspace, table: str, column: str) -> bool:
    rows = space.connection.execute(f"describe {name(table)}").fetchall()
    return any(row[0] == column for row in rows)


def _all_columns(space: Workspace, driving: tuple[str, ...]) -> tuple[str, ...]:
    tables = [*space.mapping.files, *space.mapping.queries]
    others = [column for table in tables for column in table_columns(space, table)]
    return tuple(dict.fromkeys((*driving, *others, *PROVENANCE)))
