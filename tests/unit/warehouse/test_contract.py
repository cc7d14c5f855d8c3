"""What is published is read from dbt's manifest; a model that cannot be checked is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dagster_project.warehouse.contract import TableContract, contract_from_manifest


def model(name: str, **changes: Any) -> dict[str, Any]:
    """A node of dbt's manifest, as far as the contract reads it."""
    return {
        "name": name,
        "resource_type": "model",
        "schema": "marts",
        "original_file_path": f"models/marts/{name}.sql",
        "description": "One row per deal.",
        "columns": {
            "deal_id": {"name": "deal_id", "data_type": "varchar", "description": "The deal."},
            "amount": {"name": "amount", "data_type": "decimal(18,2)", "description": ""},
        },
        "config": {"materialized": "table", "meta": {"primary_key": ["deal_id"]}},
    } | changes


def manifest(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"nodes": {f"{node['resource_type']}.{node['name']}": node for node in nodes}}


def test_contract_has_the_tables_of_marts_and_their_columns_in_order() -> None:
    nodes = (
        model("deals"),
        model("fct_deals", schema="core"),
        model("a_view", config={"materialized": "view", "meta": {}}),
        model("a_test", resource_type="test"),
    )
    assert contract_from_manifest(manifest(*nodes)) == {
        "deals": TableContract(
            {"deal_id": "varchar", "amount": "decimal(18,2)"},
            ("deal_id",),
            "One row per deal.",
            {"deal_id": "The deal.", "amount": ""},
        )
    }


def test_contract_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest(model("deals"))))
    assert contract_from_manifest(path).keys() == {"deals"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": {}}, r"deals \(models/marts/deals\.sql\) declares no columns"),
        ({"config": {"materialized": "table", "meta": {}}}, "declares no `config: {meta: {primary"),
        (
            {"config": {"materialized": "table", "meta": {"primary_key": ["nope"]}}},
            r"primary key names \['nope'\]",
        ),
    ],
)
def test_model_that_cannot_be_checked_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        contract_from_manifest(manifest(model("deals", **changes)))
