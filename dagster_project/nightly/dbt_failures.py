"""What failed in the latest dbt build: each model or test, why, and the rows a test found."""

from __future__ import annotations

import json
from typing import Any

import duckdb

from dagster_project.dbt_manifest import dbt_target_dir
from dagster_project.settings import Settings
from dagster_project.warehouse.connections import reader

_ROWS = 3


def failed_nodes(settings: Settings) -> list[str]:
    """One text per failed model or test, with the first offending rows of a test."""
    results = dbt_target_dir(settings) / "build" / "run_results.json"
    if not results.exists():
        return []
    found = []
    for result in json.loads(results.read_text())["results"]:
        if result["status"] not in ("fail", "error"):
            continue
        name = result["unique_id"].split(".")[2]
        message = (result["message"] or result["status"]).strip()
        found.append("\n      ".join([f"{name}: {message}", *_offending_rows(settings, result)]))
    return found


def _offending_rows(settings: Settings, result: dict[str, Any]) -> list[str]:
    if result["status"] != "fail" or not result.get("compiled_code"):
        return []
    query = f"select * from ({result['compiled_code']}) as failures limit {_ROWS}"
    try:
        with reader(settings.warehouse_path) as connection:
            answer = connection.execute(query)
            columns = [column[0] for column in answer.description or ()]
            rows = answer.fetchall()
    except duckdb.Error:
        return []  # a model it reads was not built: its own failure is reported
    return [
        ", ".join(f"{name}={value}" for name, value in zip(columns, row, strict=True))
        for row in rows
    ]
