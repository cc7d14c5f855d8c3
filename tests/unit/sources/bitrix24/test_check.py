"""The dry run tells a person every right and field that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project.settings import Settings
from dagster_project.sources.bitrix24.check import check
from tests.fakes.bitrix24 import FakePortal
from tests.fakes.bitrix24.company import LOST_REASON, fill, native
from tests.fakes.company import AS_OF, small_company


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePortal]:
    made = FakePortal()
    fill(made, native(small_company(60), made.zone, "http://127.0.0.1/"), AS_OF)
    with made.served() as url:
        webhook = f"{url}/rest/1/{made.webhook}/"
        monkeypatch.setenv("SOURCES__BITRIX24__WEBHOOK_URL", webhook)
        yield made


def settings(folder: Path, mapping: str = "") -> Settings:
    (folder / "bitrix24.yml").write_text(mapping)
    return Settings(data_dir=folder, mappings_dir=folder, sources=("bitrix24",))


def test_administrators_key_finds_nothing_wrong(portal: FakePortal, tmp_path: Path) -> None:
    report = check(settings(tmp_path))
    assert report.problems == ()
    assert report.counts["deals"] == 60
    assert ("deals", LOST_REASON, "Причина отказа", "enumeration") in report.to_map


def test_unmapped_lost_reason_is_not_measurable(portal: FakePortal, tmp_path: Path) -> None:
    assert any("why deals are lost" in lack for lack in check(settings(tmp_path)).not_measurable)
    mapped = check(settings(tmp_path, f"lost_reason: {LOST_REASON}"))
    assert not any("why deals are lost" in lack for lack in mapped.not_measurable)


def test_key_of_an_employee_warns_of_hidden_rows(portal: FakePortal, tmp_path: Path) -> None:
    portal.is_admin = False
    portal.readable = lambda entity, row: entity != "deals" or row["assignedById"] == 1
    report = check(settings(tmp_path))
    assert report.counts["deals"] == 12
    assert any("silently absent" in problem for problem in report.problems)


def test_missing_right_is_named_with_what_it_hides(portal: FakePortal, tmp_path: Path) -> None:
    portal.scopes = ("crm", "user_brief", "department")
    assert check(settings(tmp_path)).problems == (
        "the key lacks the right `catalog`: add it to the webhook's permissions",
    )


def test_mapped_field_that_does_not_exist_is_named(portal: FakePortal, tmp_path: Path) -> None:
    report = check(settings(tmp_path, "competitor: ufCrm_999"))
    assert report.problems == ("the mapping's competitor is `ufCrm_999`: deals have no such field",)
