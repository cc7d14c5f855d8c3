"""A backfill of past days launched as the Dagster UI launches it, through real servers."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.warehouse.connections import reader, writer
from tests.e2e.dagster_servers import Dagster, dagster_servers, wait_for
from tests.e2e.installation import Installation, differences

pytestmark = pytest.mark.e2e

DAYS = ["2026-06-24", "2026-06-25", "2026-06-26"]
CHANGED_ON_THESE_DAYS = (  # days of the reporting time zone, Moscow
    "updated_at >= timestamptz '2026-06-23 21:00:00+00'"
    " and updated_at < timestamptz '2026-06-26 21:00:00+00'"
)

_ASSETS = "{ assetNodes { assetKey { path } dependencyKeys { path } } }"
_LAUNCH = """
mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
_STATUS = """
query ($id: String!) {
  partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill { status error { message } }
  }
  runsOrError(filter: { tags: [{ key: "dagster/backfill", value: $id }] }) {
    ... on Runs { results { runId status tags { key value } } }
  }
}
"""
_PARTITIONS = """
query ($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode { partitionStats { numMaterialized numFailed } }
  }
}
"""


def lose_three_days(installation: Installation) -> int:
    """Delete what the CRM reported changed on three days, as if those nights had never been."""
    with writer(installation.settings.warehouse_path) as connection:
        lost = connection.execute(
            f"delete from raw_demo.deals where {CHANGED_ON_THESE_DAYS} returning id"
        ).fetchall()
        connection.execute(f"delete from raw_demo.deal_stage_history where {CHANGED_ON_THESE_DAYS}")
    assert lost
    return len(lost)


def count_restored(installation: Installation) -> int:
    with reader(installation.settings.warehouse_path) as connection:
        row = connection.execute(
            f"select count(*) from raw_demo.deals where {CHANGED_ON_THESE_DAYS}"
        ).fetchone()
    assert row is not None
    return int(row[0])


def downstream_of(dagster: Dagster, *path: str) -> list[dict[str, list[str]]]:
    """An asset and all that depends on it, as the UI's `key:"extract/demo"+` selects them."""
    nodes = {
        tuple(node["assetKey"]["path"]): {tuple(key["path"]) for key in node["dependencyKeys"]}
        for node in dagster.ask(_ASSETS)["assetNodes"]
    }
    selected = {path}
    while found := {key for key, parents in nodes.items() if parents & selected} - selected:
        selected |= found
    return [{"path": list(key)} for key in sorted(selected)]


def backfill(dagster: Dagster, days: list[str]) -> dict[str, Any]:
    """Launch a backfill of the demo CRM and its reports for some days, and wait for its end."""
    keys = downstream_of(dagster, "extract", "demo")
    params = {"assetSelection": keys, "partitionNames": days, "title": "Three lost days"}
    launched = dagster.ask(_LAUNCH, params=params)["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched

    def ended() -> dict[str, Any] | None:
        state = dagster.ask(_STATUS, id=launched["backfillId"])
        status = state["partitionBackfillOrError"]["status"]
        return state if status.startswith("COMPLETED") or status == "FAILED" else None

    return wait_for(ended, 600, "the backfill")


def test_backfill_from_the_ui_restores_lost_days_and_publishes(
    installation: Installation,
) -> None:
    before = installation.publication()
    lost = lose_three_days(installation)
    home = installation.data_dir / "dagster_home"

    with dagster_servers(installation.environment, home) as dagster:
        state = backfill(dagster, DAYS)
        assert state["partitionBackfillOrError"]["status"] == "COMPLETED_SUCCESS", state
        key = {"path": ["extract", "demo"]}
        stats = dagster.ask(_PARTITIONS, key=key)["assetNodeOrError"]["partitionStats"]

    runs = state["runsOrError"]["results"]
    assert {run["status"] for run in runs} == {"SUCCESS"}
    ranges = [
        (tags.get("dagster/asset_partition_range_start"), tags["dagster/asset_partition_range_end"])
        for tags in ({tag["key"]: tag["value"] for tag in run["tags"]} for run in runs)
        if "dagster/asset_partition_range_end" in tags
    ]
    assert ranges == [(DAYS[0], DAYS[-1])], "three days are one load"
    assert stats["numFailed"] == 0
    assert count_restored(installation) == lost
    after = installation.publication()
    assert after.publication_id != before.publication_id
    assert differences(before, after) == {}
