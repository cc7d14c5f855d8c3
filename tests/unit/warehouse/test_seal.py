"""A verdict seals the very file it is about, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import duckdb
import pytest

from dagster_project.settings import Settings
from dagster_project.warehouse.audit import AUDIT_FILE, Audit, read_audit
from dagster_project.warehouse.candidate import build_candidate, candidate_folder
from dagster_project.warehouse.publication import PublicationRefused, publish
from dagster_project.warehouse.seal import SealRefused, seal
from tests.unit.warehouse.conftest import CONTRACT, PASS, verdict_on
from tests.unit.warehouse.test_candidate import STORAGE_VERSION_OF_DUCKDB_1_0, storage_version


@pytest.mark.usefixtures("warehouse")
def test_seal_refuses_a_file_that_changed_after_the_check(settings: Settings) -> None:
    candidate = build_candidate(settings, "b1", CONTRACT)
    verdict = verdict_on(candidate)
    with duckdb.connect(str(candidate.database)) as connection:
        connection.execute("update regions set revenue = 0")
    with pytest.raises(SealRefused, match="has changed since it was checked"):
        seal(candidate, verdict, run_id="r", code_version="v")
    with pytest.raises(PublicationRefused, match=r"has no audit\.json"):
        publish(settings, "b1")


@pytest.mark.usefixtures("warehouse")
def test_seal_refuses_the_verdict_on_another_build(settings: Settings) -> None:
    candidate = build_candidate(settings, "b1", CONTRACT)
    verdict = replace(verdict_on(candidate), build_id="b0")
    with pytest.raises(SealRefused, match="about build b0, not b1"):
        seal(candidate, verdict, run_id="r", code_version="v")


@pytest.mark.usefixtures("warehouse")
def test_seal_refuses_a_build_that_nothing_was_checked_of(settings: Settings) -> None:
    candidate = build_candidate(settings, "b1", CONTRACT)
    seal(candidate, replace(verdict_on(candidate), results=()), run_id="r", code_version="v")
    with pytest.raises(PublicationRefused, match="nothing was checked"):
        publish(settings, "b1")


@pytest.mark.usefixtures("warehouse")
def test_sealed_build_can_be_checked_and_sealed_again(settings: Settings) -> None:
    candidate = build_candidate(settings, "b1", CONTRACT)
    first = seal(candidate, verdict_on(candidate), run_id="r", code_version="v")
    second = seal(candidate, verdict_on(candidate, PASS, PASS), run_id="r", code_version="v")
    assert second.checks_run == first.checks_run + 1
    with duckdb.connect(str(candidate.database), read_only=True) as connection:
        rows = connection.execute("select table_name, checks_run from publications order by all")
        assert rows.fetchall() == [("funnel_stages", 0), ("regions", 2)]


def test_sealing_keeps_the_storage_version(settings: Settings, build: Callable[..., Audit]) -> None:
    build("b1")
    database = candidate_folder(settings, "b1") / "marts.duckdb"
    assert storage_version(database) == STORAGE_VERSION_OF_DUCKDB_1_0
    assert not database.with_name("marts.duckdb.wal").exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 2}', '{"format": 1}', "null"])
def test_unreadable_audit_is_no_audit(
    settings: Settings, build: Callable[..., Audit], content: str
) -> None:
    build("b1")
    folder = candidate_folder(settings, "b1")
    (folder / AUDIT_FILE).write_text(content)
    with pytest.raises(ValueError, match="is not a readable audit"):
        read_audit(folder)
    with pytest.raises(PublicationRefused, match="is not a readable audit"):
        publish(settings, "b1")
