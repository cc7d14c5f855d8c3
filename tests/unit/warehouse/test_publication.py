"""Only a build that the gate passed, exactly as the gate saw it, becomes what people read."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dagster_project.settings import Settings
from dagster_project.warehouse import publication as publishing
from dagster_project.warehouse.audit import Audit, read_audit
from dagster_project.warehouse.candidate import build_candidate, candidate_folder
from dagster_project.warehouse.connections import reader, writer
from dagster_project.warehouse.publication import (
    PublicationRefused,
    current,
    publications,
    publish,
    rollback,
)
from tests.unit.warehouse.conftest import CONTRACT, FAIL

Build = Callable[..., Audit]


def noted(settings: Settings) -> list[tuple[str, str, int]]:
    with reader(settings.warehouse_path) as connection:
        return connection.execute(
            "select publication_id, table_name, row_count from ops.publications order by all"
        ).fetchall()


def test_publish_puts_the_build_in_force_and_notes_it(settings: Settings, build: Build) -> None:
    build("b1")
    published = publish(settings, "b1")
    assert current(settings) == published
    assert settings.current_link.readlink() == Path("v/b1")
    assert noted(settings) == [("b1", "funnel_stages", 5), ("b1", "regions", 3)]
    assert not candidate_folder(settings, "b1").exists()
    with reader(settings.current_link / "marts.duckdb") as connection:
        assert connection.execute("select sum(revenue) from marts.regions").fetchone()


def test_published_files_are_read_only(settings: Settings, build: Build) -> None:
    build("b1")
    version = publish(settings, "b1").path
    modes = {stat.S_IMODE(path.stat().st_mode) for path in version.rglob("*") if path.is_file()}
    assert modes == {0o444}
    assert stat.S_IMODE(version.stat().st_mode) == 0o555


def test_publish_refuses_a_build_that_was_never_checked(
    settings: Settings, warehouse: Path
) -> None:
    build_candidate(settings, "b1", CONTRACT)
    with pytest.raises(PublicationRefused, match=r"b1 has no audit\.json"):
        publish(settings, "b1")
    assert current(settings) is None


def test_publish_refuses_a_build_that_failed_and_keeps_the_old_one(
    settings: Settings, build: Build
) -> None:
    build("b1")
    publish(settings, "b1")
    build("b2", FAIL)
    with pytest.raises(PublicationRefused, match="b2 did not pass the gate: regions: sum"):
        publish(settings, "b2")
    in_force = current(settings)
    assert in_force is not None
    assert in_force.publication_id == "b1"
    assert candidate_folder(settings, "b2").exists(), "kept for inspection"


def test_publish_refuses_an_audit_whose_passed_was_edited(settings: Settings, build: Build) -> None:
    build("b1", FAIL)
    audit = candidate_folder(settings, "b1") / "audit.json"
    audit.write_text(json.dumps(json.loads(audit.read_text()) | {"passed": True}))
    with pytest.raises(PublicationRefused, match="did not pass the gate"):
        publish(settings, "b1")


def test_publish_refuses_the_audit_of_another_build(settings: Settings, build: Build) -> None:
    build("b1")
    build("b2")
    one, two = (candidate_folder(settings, name) for name in ("b1", "b2"))
    (two / "audit.json").write_bytes((one / "audit.json").read_bytes())
    with pytest.raises(PublicationRefused, match="is of build b1, not b2"):
        publish(settings, "b2")


@pytest.mark.parametrize("file", ["marts.duckdb", "parquet/regions.parquet", "checks.html"])
def test_publish_refuses_a_byte_changed_after_the_audit(
    settings: Settings, build: Build, file: str
) -> None:
    build("b1")
    path = candidate_folder(settings, "b1") / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(PublicationRefused, match=f"changed since its audit: {file}"):
        publish(settings, "b1")


def test_publish_refuses_missing_and_unaudited_files(settings: Settings, build: Build) -> None:
    build("b1")
    folder = candidate_folder(settings, "b1")
    (folder / "csv" / "regions.csv").rename(folder / "csv" / "regions2.csv")
    with pytest.raises(PublicationRefused, match=r"lacks audited files: csv/regions\.csv"):
        publish(settings, "b1")
    (folder / "csv" / "regions2.csv").rename(folder / "csv" / "regions.csv")
    (folder / "extra.txt").write_text("x")
    with pytest.raises(PublicationRefused, match=r"were not audited: extra\.txt"):
        publish(settings, "b1")
    (folder / "extra.txt").unlink()
    (folder / "link").symlink_to("marts.duckdb")
    with pytest.raises(PublicationRefused, match="holds links"):
        publish(settings, "b1")


@pytest.mark.parametrize("build_id", ["nothing", "../v/b1", "", "b1.tmp"])
def test_publish_refuses_an_unknown_or_unfit_build_id(
    settings: Settings, warehouse: Path, build_id: str
) -> None:
    with pytest.raises(PublicationRefused):
        publish(settings, build_id)


def test_publish_twice_changes_nothing(settings: Settings, build: Build) -> None:
    build("b1")
    first = publish(settings, "b1")
    before = (settings.current_link.lstat().st_mtime_ns, noted(settings))
    assert publish(settings, "b1") == first
    assert (settings.current_link.lstat().st_mtime_ns, noted(settings)) == before


def test_publish_refuses_to_go_back_in_time(settings: Settings, build: Build) -> None:
    build("older")
    build("newer")
    publish(settings, "newer")
    with pytest.raises(PublicationRefused, match="older was sealed before newer"):
        publish(settings, "older")


def test_publisher_killed_before_the_switch_is_completed_by_the_next_call(
    settings: Settings, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    build("b1")
    publish(settings, "b1")
    build("b2")
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "_switch", _die)
        with pytest.raises(KeyboardInterrupt):
            publish(settings, "b2")
    in_force = current(settings)
    assert in_force is not None
    assert in_force.publication_id == "b1"
    assert publish(settings, "b2").publication_id == "b2"
    assert {row[0] for row in noted(settings)} == {"b1", "b2"}


def test_publisher_killed_after_the_switch_is_noted_by_the_next_publication(
    settings: Settings, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    build("b1")
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "_clean_up", _die)
        with pytest.raises(KeyboardInterrupt):
            publish(settings, "b1")
    assert noted(settings) == []
    build("b2")
    publish(settings, "b2")
    assert {row[0] for row in noted(settings)} == {"b1", "b2"}


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_publish_succeeds_while_the_warehouse_is_open_elsewhere_and_notes_it_later(
    settings: Settings,
    build: Build,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    build("b1")

    def locked(*_: object) -> None:
        raise publishing.WarehouseLocked("a SQL client has it")

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "writer", locked)
        publish(settings, "b1")
    assert "not yet noted" in caplog.text
    publish(settings, "b1")
    assert {row[0] for row in noted(settings)} == {"b1"}


def test_rollback_returns_to_a_version_on_disk(settings: Settings, build: Build) -> None:
    for build_id in ("b1", "b2"):
        build(build_id)
        publish(settings, build_id)
    assert rollback(settings, "b1").publication_id == "b1"
    assert settings.current_link.readlink() == Path("v/b1")
    build("b3")
    assert publish(settings, "b3").publication_id == "b3"


@pytest.mark.parametrize("publication_id", ["b9", "../../candidates/b1", ""])
def test_rollback_refuses_what_is_not_on_disk(
    settings: Settings, build: Build, publication_id: str
) -> None:
    build("b1")
    publish(settings, "b1")
    with pytest.raises(PublicationRefused, match="there are: b1"):
        rollback(settings, publication_id)


def test_rollback_refuses_a_version_that_was_changed(settings: Settings, build: Build) -> None:
    for build_id in ("b1", "b2"):
        build(build_id)
        publish(settings, build_id)
    page = settings.published_dir / "v" / "b1" / "checks.html"
    page.chmod(0o644)
    page.write_text("all fine")
    with pytest.raises(PublicationRefused, match=r"changed since its audit: checks\.html"):
        rollback(settings, "b1")


def test_retention_keeps_the_newest_and_the_one_in_force(settings: Settings, build: Build) -> None:
    settings = settings.model_copy(update={"publications_kept": 2})
    for number in range(4):
        build(f"b{number}")
        publish(settings, f"b{number}")
    assert [item.publication_id for item in publications(settings)] == ["b3", "b2"]
    rollback(settings, "b2")
    build("b4")
    publish(settings, "b4")
    assert [item.publication_id for item in publications(settings)] == ["b4", "b3"]
    assert len({row[0] for row in noted(settings)}) == 5, "history outlives the files"


def test_process_with_an_old_connection_sees_the_new_version_in_a_new_one(
    settings: Settings, build: Build
) -> None:
    build("b1")
    publish(settings, "b1")
    link = str(settings.current_link / "marts.duckdb")
    old = duckdb.connect(link, read_only=True)
    query = "select sum(reached) from marts.funnel_stages"
    assert old.execute(query).fetchone() == (15,)
    with writer(settings.warehouse_path) as connection:
        connection.execute("update marts.funnel_stages set reached = 100")
    build("b2")
    publish(settings, "b2")
    with duckdb.connect(link, read_only=True) as new:
        assert new.execute(query).fetchone() == (500,)
    assert old.execute(query).fetchone() == (15,), "an open connection keeps its version"
    old.close()


def test_published_history_lists_earlier_publications_and_this_one(
    settings: Settings, build: Build
) -> None:
    for build_id in ("b1", "b2"):
        build(build_id)
        publish(settings, build_id)
    with reader(settings.current_link / "marts.duckdb") as connection:
        rows = connection.execute(
            "select publication_id, table_name, row_count, checks_run, checks_failed, code_version"
            " from publications order by all"
        ).fetchall()
    assert rows == [
        ("b1", "funnel_stages", 5, 0, 0, "abc123"),
        ("b1", "regions", 3, 1, 0, "abc123"),
        ("b2", "funnel_stages", 5, 0, 0, "abc123"),
        ("b2", "regions", 3, 1, 0, "abc123"),
    ]


def test_same_marts_give_the_same_fingerprints(settings: Settings, build: Build) -> None:
    first, second = build("b1"), build("b2")
    assert first.tables == second.tables
    with writer(settings.warehouse_path) as connection:
        connection.execute("update marts.regions set revenue = 10.51 where revenue = 10.50")
    third = build("b3")
    assert third.tables["funnel_stages"] == first.tables["funnel_stages"]
    assert third.tables["regions"].fingerprint != first.tables["regions"].fingerprint


def test_audit_survives_its_file(settings: Settings, build: Build) -> None:
    audit = build("b1", FAIL)
    assert read_audit(candidate_folder(settings, "b1")) == audit
