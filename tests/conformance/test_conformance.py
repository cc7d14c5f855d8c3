"""What every CRM connector must do, whatever its CRM does to it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from dagster_project.settings import ROOT
from dagster_project.sources.base import Window
from dagster_project.sources.registry import SOURCES
from tests.conformance.conftest import Bench
from tests.fakes.company import AS_OF, Company, small_company

DEALS = 130
"""More than two pages of any CRM's list but Salesforce's, and quick to load."""

HISTORY = Window(None, AS_OF)


def lately() -> Window:
    """From the end of the company's history to now and a little further."""
    return Window(AS_OF, datetime.now(UTC) + timedelta(hours=1))


def test_full_load_equals_truth(bench: Bench) -> None:
    bench.crm.fill(small_company(DEALS))
    with bench.serving():
        bench.load(HISTORY)
    truth = bench.crm.truth()
    assert len(truth["deals"]) == DEALS
    assert bench.loaded() == truth


def test_every_raw_table_the_source_names_exists_and_no_other(bench: Bench) -> None:
    (source,) = (one for one in SOURCES if one.name == bench.crm.name)
    bench.crm.fill(small_company(DEALS))
    with bench.serving():
        bench.load(HISTORY)
    tables = bench.rows(
        "select table_name from information_schema.tables"
        f" where table_schema = '{source.raw_schema}' and table_name not like '\\_dlt%' escape '\\'"
    )
    assert {name for (name,) in tables} == set(source.tables)


def test_incremental_load_after_changes_equals_truth(bench: Bench) -> None:
    bench.crm.fill(small_company(DEALS))
    with bench.serving():
        bench.load(HISTORY)
        before = bench.crm.truth()
        bench.crm.edit()
        bench.crm.add_deal()
        assert bench.crm.truth() != before
        report = bench.load(lately())
    assert bench.loaded() == bench.crm.truth()
    assert 0 < report.rows["deals"] < DEALS / 2, "an incremental load reads only what changed"


def test_same_window_again_changes_nothing(bench: Bench) -> None:
    bench.crm.fill(small_company(DEALS))
    with bench.serving():
        bench.load(HISTORY)
        first = counts(bench)
        bench.load(HISTORY)
    assert counts(bench) == first
    assert bench.loaded() == bench.crm.truth()


def test_windows_in_any_order_equal_truth(bench: Bench) -> None:
    bench.crm.fill(small_company(DEALS))
    middle = AS_OF - timedelta(days=60)
    with bench.serving():
        bench.load(Window(middle, AS_OF))
        bench.load(Window(None, middle))
    assert bench.loaded() == bench.crm.truth()


def test_deleted_deals_are_found(bench: Bench) -> None:
    bench.crm.fill(small_company(DEALS))
    with bench.serving():
        bench.load(HISTORY)
        bench.crm.delete_deals(7)
        bench.load(lately())
    truth = bench.crm.truth()
    assert len(truth["deals"]) == DEALS - 7
    assert bench.loaded() == truth


def test_killed_mid_page_and_run_again_equals_truth_without_asking_everything_again(
    bench: Bench,
) -> None:
    bench.crm.fill(small_company(DEALS))
    with bench.serving():
        command = [sys.executable, "-m", "tests.conformance.run_once", bench.crm.name]
        arguments = [bench.settings.data_dir, bench.settings.mappings_dir, AS_OF.isoformat()]
        stuck = bench.crm.hang_after(25)
        process = subprocess.Popen(
            [*command, *map(str, arguments)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert stuck.wait(60), "the first run never got so far"
        process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
        bench.crm.recover()
        before = bench.crm.calls()
        bench.load(HISTORY)
        resumed = bench.crm.calls() - before
        bench.load(HISTORY)
        whole = bench.crm.calls() - before - resumed
    assert bench.loaded() == bench.crm.truth()
    assert resumed < whole, "answers of the killed run were asked for again"


def test_throttled_hard_equals_truth(bench: Bench) -> None:
    bench.crm.fill(small_company(DEALS))
    bench.crm.throttle()
    with bench.serving():
        bench.load(HISTORY)
    assert bench.crm.throttled_calls() > 5
    assert bench.loaded() == bench.crm.truth()


def test_token_that_expires_mid_run_is_renewed(bench: Bench) -> None:
    bench.crm.fill(small_company(DEALS))
    bench.crm.expire_token_every(7)
    with bench.serving():
        bench.load(HISTORY)
        bench.crm.edit()
        bench.load(lately())
    assert bench.loaded() == bench.crm.truth()


def test_ten_thousand_rows_with_one_timestamp_all_arrive(bench: Bench) -> None:
    bench.crm.fill(small_company(10_450))
    bench.crm.touch_all()
    with bench.serving():
        report = bench.load(Window(AS_OF - timedelta(days=1), AS_OF))
    assert report.rows["deals"] == 10_450
    assert bench.rows(f"select count(distinct id) from raw_{bench.crm.name}.deals") == [(10_450,)]


def test_new_field_is_loaded_and_reported(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.crm.fill(small_company(DEALS))
    with bench.serving():
        bench.load(HISTORY)
        field = bench.crm.add_field("777")
        with caplog.at_level(logging.WARNING):
            bench.load(lately())
    raw = f"raw_{bench.crm.name}"
    assert bench.rows(f'select count(*) > 0 from {raw}.deals where "{field}" is not null') == [
        (True,)
    ]
    assert (field,) in bench.rows(f"select field from {raw}.schema_drift where entity = 'deals'")
    assert any(field in record.getMessage() for record in caplog.records)
    assert bench.loaded() == bench.crm.truth()


def test_missing_required_field_stops_the_load_and_is_named(bench: Bench) -> None:
    bench.crm.fill(small_company(DEALS))
    with bench.serving():
        bench.load(HISTORY)
        before = bench.loaded()
        field = bench.crm.drop_required_field()
        with pytest.raises(PipelineStepFailed, match=f"required field `{field}`"):
            bench.load(HISTORY)
    assert bench.loaded() == before


@pytest.mark.parametrize("minutes", [-7, 7])
def test_clock_skew_loses_no_change(bench: Bench, minutes: int) -> None:
    bench.crm.fill(small_company(DEALS))
    bench.crm.set_clock_skew(timedelta(minutes=minutes))
    with bench.serving():
        seam = datetime.now(UTC)
        bench.load(Window(None, seam))
        bench.crm.edit()
        bench.load(Window(seam, seam + timedelta(hours=1)))
    assert bench.loaded() == bench.crm.truth()


def test_empty_account_loads_as_empty_tables(bench: Bench) -> None:
    (source,) = (one for one in SOURCES if one.name == bench.crm.name)
    bench.crm.fill(Company())
    with bench.serving():
        bench.load(HISTORY)
    loaded = bench.loaded()
    assert loaded["deals"] == {}
    assert loaded == bench.crm.truth()
    assert {table for table, _ in counts(bench)} == set(source.tables)


def test_suspiciously_short_answer_does_not_replace_data(bench: Bench) -> None:
    bench.crm.fill(small_company(DEALS))
    with bench.serving():
        bench.load(HISTORY)
        before = bench.loaded()
        bench.crm.truncate_deals()
        with pytest.raises(PipelineStepFailed, match=f"rows after {DEALS} the last time"):
            bench.load(lately())
    assert bench.loaded() == before


def test_changes_between_pages_are_all_there_after_the_next_load(bench: Bench) -> None:
    bench.crm.fill(small_company(DEALS))
    with bench.serving():
        seam = datetime.now(UTC)
        bench.crm.change_while_paging()
        bench.load(Window(None, seam))
        bench.crm.recover()
        bench.load(Window(seam, seam + timedelta(hours=1)))
    assert bench.loaded() == bench.crm.truth()


def test_no_secret_in_logs_errors_or_files(
    bench: Bench, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    bench.crm.fill(small_company(DEALS))
    caplog.set_level(logging.DEBUG)
    with bench.serving():
        bench.load(HISTORY)
        bench.crm.hang_after(3)
        with pytest.raises(PipelineStepFailed) as failed:
            bench.load(lately())
    seen = [caplog.text, str(failed.value), *map(str, capfd.readouterr())]
    files = [path for path in bench.settings.data_dir.rglob("*") if path.is_file()]
    texts = [path.read_bytes() for path in files if "tokens" not in path.parts]
    for secret in bench.crm.secrets():
        assert not any(secret in text for text in seen)
        assert not any(secret.encode() in text for text in texts)


def test_check_counts_what_is_there_and_finds_nothing_wrong(bench: Bench) -> None:
    bench.crm.fill(small_company(DEALS))
    with bench.serving():
        report = bench.crm.check(bench.settings)
    assert report.problems == ()
    assert report.counts["deals"] == DEALS
    assert report.account
    assert report.to_map


def counts(bench: Bench) -> list[tuple[str, int]]:
    """Rows in each raw table; the extractions' own record aside."""
    raw = f"raw_{bench.crm.name}"
    tables = bench.rows(
        f"select table_name from information_schema.tables where table_schema = '{raw}'"
        " and table_name not like '\\_dlt%' escape '\\' order by 1"
    )
    return [
        (str(table), int(str(bench.rows(f'select count(*) from {raw}."{table}"')[0][0])))
        for (table,) in tables
    ]
