"""`metric_dictionary` has a row for every published column, and says what dbt's own files say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.dbt.basket_core import make_warehouse, query, run_dbt

Row = dict[str, Any]
COLUMNS = ("table_name", "column_name", "position", "data_type", "meaning", "unit", "formula")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], dict[str, Any]]:
    """The dictionary's rows, and dbt's manifest of the same build."""
    path = tmp_path_factory.mktemp("dictionary") / "warehouse.duckdb"
    make_warehouse(path)
    run_dbt(path, "metric_dictionary")
    rows = query(path, f"select {', '.join(COLUMNS)} from marts.metric_dictionary")
    manifest = json.loads((path.parent / "target" / "manifest.json").read_text())
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows], manifest


def _published(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    ]


def test_dictionary_has_each_published_column_once_in_its_place(
    built: tuple[list[Row], dict[str, Any]],
) -> None:
    rows, manifest = built
    expected = [
        (model["name"], column, position, model["columns"][column]["data_type"])
        for model in _published(manifest)
        for position, column in enumerate(model["columns"], start=1)
    ]
    assert len(expected) > 100
    found = [tuple(row[column] for column in COLUMNS[:4]) for row in rows]
    assert sorted(found) == sorted(expected)


def test_dictionary_repeats_descriptions_and_formulas_word_for_word(
    built: tuple[list[Row], dict[str, Any]],
) -> None:
    rows, manifest = built
    models = {model["name"]: model for model in _published(manifest)}
    for row in rows:
        column = models[row["table_name"]]["columns"][row["column_name"]]
        meta = column["config"]["meta"]
        assert row["meaning"] == " ".join(column["description"].split())
        assert row["unit"] == meta.get("unit")
        assert row["formula"] == meta.get("formula")
    assert any("'" in row["meaning"] for row in rows), "quotes must survive: none was tried"


def test_every_number_in_the_dictionary_has_a_unit(
    built: tuple[list[Row], dict[str, Any]],
) -> None:
    rows, _ = built
    without = [
        f"{row['table_name']}.{row['column_name']}"
        for row in rows
        if row["data_type"].startswith(("double", "decimal")) and not row["unit"]
    ]
    assert without == []
