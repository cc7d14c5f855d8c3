"""From what a mapping says about a column to SQL that gives the canonical type or rejects the row.

A mapped value becomes `Compiled`: SQL that raises where the text cannot be read (the caller wraps
it in `try`), what to show of it in the quarantine, and the reason to give.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from dagster_project.sources.canonical import ENTITIES
from dagster_project.sources.files.errors import MappingError, close_matches, did_you_mean
from dagster_project.sources.files.helpers import HELPERS
from dagster_project.sources.files.mapping import ColumnSpec
from dagster_project.sources.files.syntax import arguments_of, constant, nodes_of, parse_expression
from dagster_project.warehouse.connections import name, text

_REASONS = {
    "decimal": "is no plain number; `money(...)` reads thousands, currencies and decimal commas",
    "timestamp": "is no date and time; give its `format`, for example '%d.%m.%Y %H:%M'",
    "date": "is no date; give its `format`, for example '%d.%m.%Y'",
    "boolean": "is neither yes nor no",
    "integer": "is no whole number",
    "varchar": "cannot be read",
}


@dataclass(frozen=True)
class Scope:
    """What an expression can name: the table that drives the rows, and the whole `from` clause."""

    connection: DuckDBPyConnection
    where: str
    """Where in the mapping file this is, for messages."""
    table: str
    from_clause: str
    columns: tuple[str, ...]
    """The driving table's columns."""
    all_columns: tuple[str, ...]


@dataclass(frozen=True)
class Compiled:
    """`sql` gives the canonical type, null for blank; `shown` is the text it was made of."""

    sql: str
    shown: str
    reason: str
    can_fail: bool


def compile_column(scope: Scope, entity: str, column: str, spec: ColumnSpec) -> Compiled:
    """Compile one mapped column.

    Raises:
        MappingError: there is no such column, or the SQL is wrong; with close matches.
    """
    where = f"{scope.where}.{column}"
    target = ENTITIES[entity].columns[column]
    if "value" in spec.model_fields_set:
        literal = _literal(spec.value)
        return Compiled(
            _typed(literal, "VARCHAR", target, ()), literal, _reason(target, spec), True
        )
    plain = spec.column or (spec.sql if spec.sql in scope.columns else None)
    if spec.column and spec.column not in scope.columns:
        raise MappingError(
            f"{where}: {scope.table} has no column {spec.column!r}; "
            f"{did_you_mean(spec.column, scope.columns)}"
        )
    sql = f"{name(scope.table)}.{name(plain)}" if plain else f"({spec.sql})"
    tree = {} if plain else _parse(scope, str(spec.sql), where)
    shown = sql if plain else _shown(tree, scope)
    maps = [spec.map] if spec.map else _maps_named(tree)
    if spec.map:
        sql = f"map_value({sql}, {text(spec.map)})"
    kind = type_of(scope, sql, where)
    typed = _typed(sql, kind, target, spec.format)
    if spec.default is not None:
        typed = f"coalesce({typed}, {_typed(_literal(spec.default), 'VARCHAR', target, ())})"
    can_fail = not (plain and target == "varchar" and not spec.map)
    return Compiled(typed, shown, _reason(target, spec, maps), can_fail)


def _parse(scope: Scope, sql: str, where: str) -> dict[str, Any]:
    try:
        return parse_expression(scope.connection, sql, where)
    except MappingError as error:
        close = close_matches(sql, scope.columns)
        hint = (
            f"; did you mean the column {' or '.join(f'`{one}`' for one in close)}?"
            if close
            else ""
        )
        raise MappingError(f"{error}{hint}") from error


def type_of(scope: Scope, sql: str, where: str) -> str:
    """The type of an expression over the files.

    Raises:
        MappingError: DuckDB cannot make sense of it; the message says why, with close matches.
    """
    try:
        rows = scope.connection.execute(
            f"describe select try({sql}) as x from {scope.from_clause}"
        ).fetchall()
    except duckdb.Error as error:
        raise MappingError(f"{where}: {explained(error, sql, scope.all_columns)}") from error
    return str(rows[0][1])


def explained(error: duckdb.Error, sql: str, columns: tuple[str, ...]) -> str:
    """DuckDB's complaint in the words of a mapping."""
    first = str(error).splitlines()[0]
    missing = re.search(r'column "([^"]+)" not found', first) or re.search(
        r'does not have a column named "([^"]+)"', first
    )
    if missing:
        return f"{sql}: there is no column {missing[1]!r}; {did_you_mean(missing[1], columns)}"
    function = re.search(r"Function with name (\w+) does not exist", first)
    if function:
        return f"{sql}: there is no function {function[1]}; the helpers are {', '.join(HELPERS)}"
    if "scalar subquery" in first:
        return f"{sql}: no `select` inside a column; use `join`, or write a query under `queries`"
    return f"{sql}: {first}"


def _typed(sql: str, kind: str, target: str, formats: tuple[str, ...]) -> str:
    """`sql` of DuckDB type `kind` as the canonical type; raises in SQL what cannot be."""
    as_text = kind in ("VARCHAR", "JSON", '"NULL"')
    how = f", format := [{', '.join(text(one) for one in formats)}]" if formats else ""
    if target == "varchar":
        return f"_clean({sql})" if as_text else f"_clean(cast({sql} as varchar))"
    if target == "timestamp":
        moment = f"moment({sql}{how})" if as_text else f"cast({sql} as timestamptz)"
        return f"timezone('UTC', {moment})"
    if target == "date":
        return f"day({sql}{how})" if as_text else f"cast({sql} as date)"
    if target == "boolean":
        return sql if kind == "BOOLEAN" else f"flag({sql})"
    if target == "integer":
        return f"cast(whole({sql}) as integer)"
    return f"cast(_clean({sql}) as {target})" if as_text else f"cast({sql} as {target})"


def _literal(value: object) -> str:
    if value is None:
        return "cast(null as varchar)"
    return text(str(value).lower() if isinstance(value, bool) else str(value))


def _reason(target: str, spec: ColumnSpec, maps: list[str] | None = None) -> str:
    if maps:
        named = ", ".join(f"`{one}`" for one in maps)
        return f"is not in the value map {named}; add it there, or `'*'` for all others"
    if spec.format:
        return f"does not fit the format {' or '.join(spec.format)}"
    if spec.sql and not spec.sql.isidentifier():
        return f"cannot be read by {spec.sql}"
    return _REASONS[target.split("(")[0]]


def _shown(tree: dict[str, Any], scope: Scope) -> str:
    """The file's text an expression is made of: the value, or `a=1, b=2` for several."""
    columns = []
    for node in nodes_of(tree):
        if node.get("class") == "COLUMN_REF" and node["column_names"][-1] in scope.all_columns:
            reference = ".".join(name(step) for step in node["column_names"])
            if reference not in columns:
                columns.append(reference)
    if len(columns) == 1:
        return f"cast({columns[0]} as varchar)"
    pairs = ", ', ', ".join(
        f"{text(reference.split('.')[-1].strip(chr(34)) + '=')}, cast({reference} as varchar)"
        for reference in columns
    )
    return f"concat({pairs})" if columns else "''"


def _maps_named(tree: dict[str, Any]) -> list[str]:
    """The value maps that `map_value(x, 'name')` calls name."""
    return [
        literal
        for node in nodes_of(tree)
        if node.get("function_name") == "map_value"
        for argument in nodes_of(arguments_of(node)[1:2])
        for literal in constant(argument)
    ]
