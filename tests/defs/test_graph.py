"""The whole asset graph against graph.txt: a changed key, edge, check or policy shows in review.

`VORONKA_UPDATE_SNAPSHOTS=1 make test PYTEST_ARGS=tests/defs/test_graph.py` accepts what there is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from dagster_project.dbt_manifest import read_manifest
from dagster_project.settings import get_settings
from dagster_project.warehouse.contract import PUBLICATIONS_TABLE, contract_from_manifest

SNAPSHOT = Path(__file__).with_name("graph.txt")


def describe(repository: dg.RepositoryDefinition) -> Iterator[str]:
    """The graph as text, sorted: assets, then checks, then jobs and schedules."""
    graph = repository.asset_graph
    for key in sorted(graph.get_all_asset_keys(), key=lambda key: key.to_user_string()):
        node = graph.get(key)
        spec = node.assets_def.specs_by_key[key]
        yield f"asset {key.to_user_string()}"
        yield f"    group {node.group_name}, kinds {' '.join(sorted(node.kinds))}"
        if node.is_executable:
            yield f"    step {node.assets_def.op.name}, pool {node.assets_def.op.pool}"
        else:
            yield "    made outside this graph"
        if node.partitions_def is not None:
            policy = node.backfill_policy
            assert policy is not None
            yield f"    partitions: {node.partitions_def}"
            yield f"    backfill in one run: {policy.max_partitions_per_run is None}"
        if spec.freshness_policy is not None:
            yield f"    freshness {type(spec.freshness_policy).__name__}"
        for parent in sorted(parent.to_user_string() for parent in node.parent_keys):
            yield f"    after {parent}"
        for check in sorted(graph.get_check_keys_for_assets({key}), key=lambda check: check.name):
            spec_of_check = graph.get_check_spec(check)
            yield f"    check {check.name}{' (blocking)' if spec_of_check.blocking else ''}"
    for job in sorted(repository.get_all_jobs(), key=lambda job: job.name):
        if not job.name.startswith("__"):
            yield f"job {job.name}, executor {job.executor_def.name}"
    for schedule in repository.schedule_defs:
        zone = schedule.execution_timezone
        yield f"schedule {schedule.name} at {schedule.cron_schedule} {zone}"
        yield f"    default status {schedule.default_status.value}"


def test_graph_is_as_reviewed(repository: dg.RepositoryDefinition) -> None:
    graph = "\n".join(describe(repository)) + "\n"
    if os.environ.get("VORONKA_UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(graph)
    assert graph == SNAPSHOT.read_text(), f"if this is meant, update {SNAPSHOT.name} (see above)"


def test_every_step_that_opens_the_warehouse_waits_for_the_writer(
    repository: dg.RepositoryDefinition,
) -> None:
    graph = repository.asset_graph
    pools = {
        assets_def.op.name: assets_def.op.pool
        for assets_def in {graph.get(key).assets_def for key in graph.executable_asset_keys}
    }
    assert pools
    assert set(pools.values()) == {"warehouse_writer"}


def test_every_raw_table_is_staged(repository: dg.RepositoryDefinition) -> None:
    graph = repository.asset_graph
    idle = {
        key.to_user_string()
        for key in graph.get_all_asset_keys()
        if key.path[0].startswith("raw_") and not graph.get(key).child_keys
    }
    assert idle == set()


def test_every_published_table_is_in_the_candidate_and_gated(
    repository: dg.RepositoryDefinition,
) -> None:
    graph = repository.asset_graph
    candidate = dg.AssetKey(["publication", "candidate"])
    tables = contract_from_manifest(read_manifest(get_settings()))
    gates = graph.get_check_keys_for_assets({candidate})
    assert graph.get(candidate).parent_keys == {dg.AssetKey(["marts", table]) for table in tables}
    # The list of publications gets its last rows after the gate: they say what the gate said.
    assert set(tables) - {PUBLICATIONS_TABLE} <= {gate.name for gate in gates}
    assert all(graph.get_check_spec(gate).blocking for gate in gates)


def test_singular_dbt_test_is_a_check_of_the_model_it_is_named_after(
    repository: dg.RepositoryDefinition,
) -> None:
    checks = {
        (key.asset_key.path[-1], key.name)
        for key in repository.asset_graph.asset_check_keys
        if key.asset_key.path[0] != "publication"
    }
    named = [(model, name) for model, name in checks if name.startswith(f"{model}__")]
    assert ("funnel_stages", "funnel_stages__every_deal_is_counted_once") in named


def test_error_severity_dbt_tests_block_what_is_downstream(
    repository: dg.RepositoryDefinition,
) -> None:
    graph = repository.asset_graph
    blocking = [key for key in graph.asset_check_keys if graph.get_check_spec(key).blocking]
    assert len(blocking) > len(graph.asset_check_keys) / 2
