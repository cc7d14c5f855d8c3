"""What a piece of SQL is made of, by DuckDB's own parser: no text is searched for names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from duckdb import DuckDBPyConnection

from dagster_project.sources.files.errors import MappingError


def parse_expression(connection: DuckDBPyConnection, sql: str, where: str) -> dict[str, Any]:
    """The syntax tree of one expression.

    Raises:
        MappingError: it is no single SQL expression.
    """
    node = parse_select(connection, f"select {sql}", where)
    if (
        node.get("type") != "SELECT_NODE"
        or len(node["select_list"]) != 1
        or node["from_table"]["type"] != "EMPTY"
        or node["select_list"][0]["alias"]
    ):
        raise MappingError(f"{where}: {sql!r} is not one SQL expression")
    expression: dict[str, Any] = node["select_list"][0]
    return expression


def parse_select(connection: DuckDBPyConnection, sql: str, where: str) -> dict[str, Any]:
    """The syntax tree of one `select`, and of nothing else.

    Raises:
        MappingError: it is no SQL, no `select`, or several statements.
    """
    found = connection.execute("select json_serialize_sql(?)", [sql]).fetchone()
    tree: dict[str, Any] = json.loads(found[0]) if found else {"error": True}
    if tree.get("error"):
        raise MappingError(f"{where}: {sql}: {tree.get('error_message')}")
    if len(tree["statements"]) != 1:
        raise MappingError(f"{where}: {sql}: one `select`, not several statements")
    node: dict[str, Any] = tree["statements"][0]["node"]
    return node


def tables_of(tree: dict[str, Any]) -> list[str]:
    """The tables a `select` reads, each once."""
    names = (node["table_name"] for node in nodes_of(tree) if node.get("type") == "BASE_TABLE")
    return list(dict.fromkeys(names))


def arguments_of(node: dict[str, Any]) -> list[Any]:
    """The arguments of a function call; DuckDB 1 and 2 write them differently."""
    arguments: list[Any] = node.get("arguments") or node.get("children") or []
    return arguments


def constant(node: dict[str, Any]) -> list[str]:
    """The text of a constant, if the node is one."""
    literal = node.get("literal") or node.get("value")  # DuckDB 2 and 1
    value = literal.get("text", literal.get("value")) if isinstance(literal, dict) else None
    return [value] if isinstance(value, str) and node.get("class") == "CONSTANT" else []


def nodes_of(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of a tree."""
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from nodes_of(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from nodes_of(value)
