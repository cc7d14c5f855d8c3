"""The rules of docs/architecture.md on who may know whom, read from the code itself."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from dagster_project.dbt_manifest import prepare_manifest
from dagster_project.settings import ROOT, get_settings
from dagster_project.sources.canonical import ENTITIES

PACKAGE = ROOT / "dagster_project"
ENTRY_POINTS = {"dagster_project.definitions"}


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(path: Path) -> set[str]:
    """Every module a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(str(node.module))
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


@pytest.mark.parametrize("package", ["sources", "warehouse", "quality"])
def test_package_never_imports_dagster(package: str) -> None:
    importers = {
        name: imports
        for name, path in modules().items()
        if within(name, f"dagster_project.{package}")
        and (imports := {i for i in imports_of(path) if within(i, "dagster", "dagster_dbt")})
    }
    assert importers == {}


def test_defs_are_imported_only_by_the_code_location() -> None:
    importers = {
        name
        for name, path in modules().items()
        if not within(name, "dagster_project.defs")
        and any(within(i, "dagster_project.defs") for i in imports_of(path))
    }
    assert importers <= ENTRY_POINTS


def test_sources_know_nothing_of_loading_checking_and_publishing() -> None:
    """The `files` source borrows in-memory DuckDB and quoting from warehouse.connections."""
    importers = {
        f"{name}: {imported}"
        for name, path in modules().items()
        if within(name, "dagster_project.sources")
        for imported in imports_of(path)
        if within(imported, "dagster_project")
        and not within(
            imported,
            "dagster_project.settings",
            "dagster_project.sources",
            "dagster_project.warehouse.connections",
        )
    }
    assert importers == set()


def test_only_the_warehouse_package_connects_to_duckdb_files() -> None:
    """Elsewhere DuckDB is at most an in-memory engine."""
    connecting = set()
    for name, path in modules().items():
        if within(name, "dagster_project.warehouse"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "duckdb.connect"
                and [ast.literal_eval(argument) for argument in node.args] != [":memory:"]
                and node.args
            ):
                connecting.add(name)
    assert connecting == set()


def test_production_code_imports_nothing_private() -> None:
    libraries = ("dagster", "dagster_dbt", "dbt", "dlt", "duckdb")
    private = {
        f"{name}: {imported}"
        for name, path in modules().items()
        for imported in imports_of(path)
        if within(imported, *libraries)
        and any(part.startswith("_") for part in imported.split("."))
    }
    assert private == set()


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VORONKA_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        get_settings.cache_clear()
        content: dict[str, Any] = json.loads(prepare_manifest(get_settings()).read_text())
    get_settings.cache_clear()
    return content


def models(manifest: dict[str, Any], *schemas: str) -> list[dict[str, Any]]:
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and (not schemas or node["schema"] in schemas)
    ]


def parents(manifest: dict[str, Any], model: dict[str, Any]) -> list[dict[str, Any]]:
    ids = model["depends_on"]["nodes"]
    return [manifest["nodes"].get(i) or manifest["sources"][i] for i in ids]


def test_marts_read_only_core_what_is_made_of_it_and_the_pipelines_own_records(
    manifest: dict[str, Any],
) -> None:
    allowed = {"core", "intermediate", "marts", "seeds", "ops"}
    offenders = {
        f"{model['name']} reads {parent['schema']}.{parent['name']}"
        for model in models(manifest, "marts", "intermediate")
        for parent in parents(manifest, model)
        if parent["schema"] not in allowed
    }
    assert offenders == set()


def test_core_reads_no_source_but_through_crm(manifest: dict[str, Any]) -> None:
    offenders = {
        f"{model['name']} reads {parent['schema']}.{parent['name']}"
        for model in models(manifest, "core")
        for parent in parents(manifest, model)
        if parent["schema"] not in {"core", "crm", "seeds"}
    }
    assert offenders == set()


def test_every_source_stages_every_canonical_entity(manifest: dict[str, Any]) -> None:
    staged = {model["name"] for model in models(manifest, "staging")}
    assert staged >= {f"stg_demo__{entity}" for entity in ENTITIES}


def test_every_mart_is_a_table_with_a_contract_and_a_key(manifest: dict[str, Any]) -> None:
    loose = {
        model["name"]
        for model in models(manifest, "marts")
        if model["config"]["materialized"] != "table"
        or not model["contract"]["enforced"]
        or not model["config"]["meta"].get("primary_key")
    }
    assert loose == set()


def test_every_model_and_column_is_described(manifest: dict[str, Any]) -> None:
    undescribed = {model["name"] for model in models(manifest) if not model["description"]}
    undescribed |= {
        f"{model['name']}.{column['name']}"
        for model in models(manifest)
        for column in model["columns"].values()
        if not column["description"]
    }
    undescribed |= {
        f"{model['name']} declares no columns" for model in models(manifest) if not model["columns"]
    }
    assert undescribed == set()


def test_every_model_description_starts_with_the_grain(manifest: dict[str, Any]) -> None:
    vague = {
        model["name"]
        for model in models(manifest)
        if not model["description"].startswith("One row")
    }
    assert vague == set()


def test_every_mart_carries_as_of(manifest: dict[str, Any]) -> None:
    undated = {model["name"] for model in models(manifest, "marts")} - {
        model["name"] for model in models(manifest, "marts") if "as_of" in model["columns"]
    }
    assert undated == set()


def test_a_source_is_registered_in_one_place() -> None:
    """Nothing but its folder and the registry names a source's package."""
    naming = {
        name
        for name, path in modules().items()
        if not within(name, "dagster_project.sources.demo", "dagster_project.sources.files")
        and any(
            within(i, "dagster_project.sources.demo", "dagster_project.sources.files")
            for i in imports_of(path)
        )
    }
    assert naming == {"dagster_project.sources.registry"}
