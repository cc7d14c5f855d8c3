"""A candidate holds the published tables of one finished transform, whole and in a fixed order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import duckdb
import pytest

from dagster_project.settings import Settings
from dagster_project.warehouse.candidate import CandidateRefused, build_candidate, open_candidate
from dagster_project.warehouse.connections import reader, writer
from dagster_project.warehouse.ops import create_warehouse, record_transform
from tests.unit.warehouse.conftest import CONTRACT

STORAGE_VERSION_OF_DUCKDB_1_0 = 64


def storage_version(file: Path) -> int:
    """The storage version in a DuckDB file's header, after 8 bytes of checksum and 4 of magic."""
    header = file.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    return int.from_bytes(header[12:20], "little")


def test_candidate_has_the_tables_of_the_contract_and_no_others(
    settings: Settings, warehouse: Path
) -> None:
    candidate = build_candidate(settings, "b1", CONTRACT)
    assert candidate.tables == {"funnel_stages": 5, "publications": 0, "regions": 3}
    assert candidate.as_of == datetime.fromisoformat("2026-07-01")
    assert open_candidate(settings, "b1") == candidate
    assert [path.name for path in candidate.path.iterdir()] == ["marts.duckdb"]


def test_candidate_without_a_contract_has_all_tables_of_marts(
    settings: Settings, warehouse: Path
) -> None:
    tables = build_candidate(settings, "b1").tables
    assert tables.keys() == {"funnel_stages", "left_over", "publications", "regions"}


def test_candidate_leaves_out_a_missing_table_for_the_gate_to_name(
    settings: Settings, warehouse: Path
) -> None:
    with writer(warehouse) as connection:
        connection.execute("drop table marts.regions")
    assert "regions" not in build_candidate(settings, "b1", CONTRACT).tables


def test_candidate_opens_in_every_duckdb_since_1_0(settings: Settings, warehouse: Path) -> None:
    database = build_candidate(settings, "b1", CONTRACT).database
    assert storage_version(database) == STORAGE_VERSION_OF_DUCKDB_1_0
    with duckdb.connect(str(database), read_only=True) as connection:
        tags = connection.execute(
            "select tags from duckdb_databases() where database_name = 'marts'"
        ).fetchone()
    assert tags == ({"storage_version": "v1.0.0+"},)


def test_candidate_answers_to_the_names_of_the_warehouse(
    settings: Settings, warehouse: Path
) -> None:
    database = build_candidate(settings, "b1", CONTRACT).database
    with duckdb.connect(str(database), read_only=True) as connection:
        for table in ("marts.funnel_stages", "funnel_stages"):
            assert connection.execute(f"select count(*) from {table}").fetchone() == (5,)


def test_candidate_rows_are_in_key_order_with_nulls_last(
    settings: Settings, warehouse: Path
) -> None:
    with reader(build_candidate(settings, "b1", CONTRACT).database) as connection:
        assert connection.execute("select stage_id from funnel_stages").fetchall() == [
            ("s1",), ("s2",), ("s3",), ("s4",), ("s5",)
        ]  # fmt: skip
        assert connection.execute("select region from regions").fetchall()[-1] == (None,)


def test_candidate_carries_comments(settings: Settings, warehouse: Path) -> None:
    with reader(build_candidate(settings, "b1", CONTRACT).database) as connection:
        tables = connection.execute(
            "select table_name, comment from duckdb_tables() where comment is not null order by all"
        ).fetchall()
        column = connection.execute(
            "select comment from duckdb_columns() where column_name = 'reached'"
        ).fetchone()
    assert tables[0] == ("funnel_stages", "One row per stage.")
    assert column == ("Deals that came; it's a count.",)


def test_contract_explains_what_the_warehouse_does_not(settings: Settings, warehouse: Path) -> None:
    explained = replace(
        CONTRACT["regions"], description="One row per region.", meanings={"region": "Where."}
    )
    with reader(build_candidate(settings, "b1", {"regions": explained}).database) as connection:
        rows = connection.execute(
            "select comment from duckdb_tables() where table_name = 'regions' union all"
            " select comment from duckdb_columns() where column_name = 'region'"
        ).fetchall()
    assert rows == [("One row per region.",), ("Where.",)]


def test_candidate_is_rebuilt_under_the_same_id(settings: Settings, warehouse: Path) -> None:
    build_candidate(settings, "b1", CONTRACT)
    with writer(warehouse) as connection:
        connection.execute("delete from marts.regions")
    assert build_candidate(settings, "b1", CONTRACT).tables["regions"] == 0


@pytest.mark.parametrize("status", ["running", "failed"])
def test_candidate_is_refused_after_an_unfinished_transform(
    settings: Settings, warehouse: Path, status: Literal["running", "failed"]
) -> None:
    started = datetime.now(UTC) + timedelta(minutes=1)
    record_transform(settings, "dbt-2", started, status)
    with pytest.raises(CandidateRefused, match=rf"dbt-2\) is '{status}'"):
        build_candidate(settings, "b1", CONTRACT)
    record_transform(settings, "dbt-2", started, "success")
    assert build_candidate(settings, "b1", CONTRACT).tables["regions"] == 3


def test_candidate_is_refused_before_the_first_transform(settings: Settings) -> None:
    create_warehouse(settings.warehouse_path)
    with pytest.raises(CandidateRefused, match="no transform has run yet"):
        build_candidate(settings, "b1", CONTRACT)


@pytest.mark.parametrize("build_id", ["", "../x", "a/b", "x.tmp", ".hidden", "x" * 101])
def test_candidate_refuses_an_unfit_build_id(
    settings: Settings, warehouse: Path, build_id: str
) -> None:
    with pytest.raises(CandidateRefused, match="is no build id"):
        build_candidate(settings, build_id)


def test_old_candidates_and_debris_are_swept(settings: Settings, warehouse: Path) -> None:
    debris = settings.candidates_dir / "killed.tmp"
    debris.mkdir(parents=True)
    for number in range(8):
        build_candidate(settings, f"b{number}", CONTRACT)
    left = sorted(path.name for path in settings.candidates_dir.iterdir())
    assert left == ["b2", "b3", "b4", "b5", "b6", "b7"], "the newest, and five before it"
