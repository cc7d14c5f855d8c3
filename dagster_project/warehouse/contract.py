"""Which tables are published and what they look like, as dbt's manifest says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MARTS_SCHEMA = "marts"
"""Schema of the warehouse whose tables are published."""
PUBLICATIONS_TABLE = "publications"
"""The one published table that the warehouse package itself fills: the history of publications."""


@dataclass(frozen=True)
class TableContract:
    """Columns with their types, in order; the primary key; what a row and each column mean."""

    columns: dict[str, str]
    primary_key: tuple[str, ...]
    description: str = ""
    meanings: dict[str, str] = field(default_factory=dict)


NO_CONTRACT = TableContract({}, ())

Contract = dict[str, TableContract]
"""Contract of each published table, by name."""


def contract_from_manifest(manifest: Path | dict[str, Any], schema: str = MARTS_SCHEMA) -> Contract:
    """Read the contracts of all dbt models of `schema` that are built as tables.

    Raises:
        ValueError: a model declares no columns or no `meta.primary_key`, so it cannot be checked.
    """
    if isinstance(manifest, Path):
        manifest = json.loads(manifest.read_text())
    assert isinstance(manifest, dict)
    models = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["schema"] == schema
        and node["config"]["materialized"] not in ("view", "ephemeral")
    ]
    return {model["name"]: _table_contract(model) for model in sorted(models, key=_name)}


def _name(model: dict[str, Any]) -> str:
    return str(model["name"])


def _table_contract(model: dict[str, Any]) -> TableContract:
    columns = {
        column["name"]: column.get("data_type") or "" for column in model["columns"].values()
    }
    meta = {**model.get("meta", {}), **model["config"].get("meta", {})}
    key = tuple(meta.get("primary_key") or ())
    if not columns or not key:
        lacking = "columns" if not columns else "`config: {meta: {primary_key: [...]}}`"
        raise ValueError(
            f"published model {model['name']} ({model['original_file_path']}) declares no"
            f" {lacking}: add it to its yml, the gate checks the table against it"
        )
    unknown = set(key) - set(columns)
    if unknown:
        raise ValueError(
            f"published model {model['name']}: its primary key names {sorted(unknown)},"
            " which its yml does not declare as columns"
        )
    meanings = {
        column["name"]: column.get("description") or "" for column in model["columns"].values()
    }
    return TableContract(columns, key, model.get("description") or "", meanings)
