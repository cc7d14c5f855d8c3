"""Which columns a published column is made of, as its yml declares it under `meta.sources`.

The same text is published in `metric_dictionary`, for example `fct_deals.amount, closed_on`: a bare
column belongs to the table named before it. Deriving lineage by parsing the SQL was tried: it takes
longer than all models together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


@dataclass(frozen=True)
class Column:
    """A column of a table of the warehouse."""

    schema: str
    table: str
    name: str


def column_sources(manifest: Mapping[str, Any], model: Mapping[str, Any]) -> dict[str, set[Column]]:
    """The declared source columns of each column of a model that declares any."""
    tables = {node["name"]: node for node in manifest["nodes"].values() if node.get("columns")}
    tables |= {node["name"]: node for node in manifest["sources"].values() if node["columns"]}
    found = {}
    for column in model["columns"].values():
        declared = (column.get("config") or {}).get("meta", {}).get("sources") or ""
        sources = set(_named_columns(str(declared), tables))
        sources.discard(Column(model["schema"], model["name"], column["name"]))
        if sources:
            found[column["name"]] = sources
    return found


def _named_columns(declared: str, tables: Mapping[str, Mapping[str, Any]]) -> Iterator[Column]:
    table = None
    for word in _NAME.findall(declared):
        *qualifier, name = word.split(".")
        if qualifier:
            table = tables.get(qualifier[-1])
        elif name in tables:
            table = tables[name]
            continue
        if table is not None and name in table["columns"]:
            yield Column(table["schema"], table["name"], name)
