"""Of a source that forgets where deals stood, snapshots remember what they saw, and no more.

Night by night the same company exports only the present stage of its deals.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dagster_project.warehouse.connections import reader
from tests.e2e.installation import Installation, differences

pytestmark = pytest.mark.e2e

MAPPING = """
source: plain
time_zone: UTC
currency: RUB
as_of: {as_of}
files: {{deals: deals.csv}}
entities:
  pipelines:
    rows: [{{pipeline_id: sales, name: Sales}}]
  stages:
    rows:
      - {{stage_id: lead, name: Lead, position: 1, kind: open}}
      - {{stage_id: offer, name: Offer, position: 2, kind: open}}
      - {{stage_id: contract, name: Contract, position: 3, kind: open}}
      - {{stage_id: won, name: Won, position: 4, kind: won}}
      - {{stage_id: lost, name: Lost, position: 5, kind: lost}}
  managers:
    rows: [{{manager_id: ann, name: Ann}}, {{manager_id: bob, name: Bob}}]
  deals:
    file: deals
    columns:
      deal_id: Deal
      stage_id: Stage
      outcome: Outcome
      manager_id: Manager
      created_at: Created
      closed_at: Closed
      updated_at: Updated
"""

HEADER = "Deal,Stage,Outcome,Manager,Created,Closed,Updated\n"
FIRST = """\
moves,lead,open,ann,2026-06-01 10:00,,2026-06-01 10:00
falls,offer,open,ann,2026-06-02 10:00,,2026-06-02 10:00
gone,lost,lost,ann,2026-06-01 10:00,2026-06-10 10:00,2026-06-10 10:00
"""
SECOND = """\
moves,contract,open,bob,2026-06-01 10:00,,2026-06-30 18:00
falls,lost,lost,ann,2026-06-02 10:00,2026-06-30 09:00,2026-06-30 09:00
gone,lost,lost,ann,2026-06-01 10:00,2026-06-10 10:00,2026-06-10 10:00
new,lead,open,bob,2026-06-30 15:00,,2026-06-30 15:00
"""


def export(folder: Path, as_of: str, deals: str) -> None:
    (folder / "plain.yml").write_text(MAPPING.format(as_of=as_of))
    (folder / "deals.csv").write_text(HEADER + deals)


def run(installation: Installation) -> None:
    night = installation.run_night()
    assert night.returncode == 0, night.stdout + night.stderr


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with reader(path) as connection:
        return connection.execute(sql).fetchall()


def stays(installation: Installation) -> list[tuple[Any, ...]]:
    return query(
        installation.settings.warehouse_path,
        "select replace(deal_id, 'plain:', ''), replace(stage_id, 'plain:', ''),"
        " replace(manager_id, 'plain:', ''), strftime(entered_at, '%d %H:%M'),"
        " strftime(left_at, '%d %H:%M'), exit_kind"
        " from core.fct_stage_stays order by deal_id, stay_number",
    )


def test_two_nights_are_a_history_that_outlives_the_warehouse(tmp_path: Path) -> None:
    installation = Installation(
        tmp_path / "data",
        overrides={
            "VORONKA_SOURCES": "files",
            "VORONKA_FILES_MAPPINGS": str(tmp_path / "plain.yml"),
            "VORONKA_TIME_ZONE": "UTC",
        },
    )
    warehouse = installation.settings.warehouse_path
    capability = (
        "select has_stage_history, history_basis, cast(cast(history_start as date) as text)"
        " from core.dim_sources"
    )

    export(tmp_path, "2026-06-30 00:00", FIRST)
    run(installation)
    assert stays(installation) == [
        ("falls", "offer", "ann", None, None, None),
        ("moves", "lead", "ann", None, None, None),
    ]
    assert query(warehouse, capability) == [(False, None, None)]

    export(tmp_path, "2026-07-01 00:00", SECOND)
    run(installation)
    seen = [
        ("falls", "offer", "ann", None, "30 09:00", "lost"),
        ("moves", "lead", "ann", None, "30 18:00", "advanced"),
        ("moves", "contract", "bob", "30 18:00", None, None),
        ("new", "lead", "bob", "30 15:00", None, None),
    ]
    assert stays(installation) == seen
    assert query(warehouse, capability) == [(False, "snapshots", "2026-06-30")]
    before = installation.publication()
    assert query(
        before.database,
        "select stage_name, sum(deals) from lost_reasons where quarter is null"
        " group by stage_name order by stage_name",
    ) == [("(unknown)", 1), ("Offer", 1)]

    warehouse.unlink()
    run(installation)
    assert stays(installation) == seen
    assert differences(before, installation.publication()) == {}, "the same night again"
