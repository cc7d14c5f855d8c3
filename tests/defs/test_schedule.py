"""Which days a night extracts, and how the schedule asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.defs.extract import daily_partitions, window_of
from dagster_project.defs.schedules import RANGE_END_TAG, RANGE_START_TAG, days_to_extract
from dagster_project.settings import Settings, get_settings

MOSCOW = ZoneInfo("Europe/Moscow")
DAYS = [f"2026-03-{day:02}" for day in range(1, 11)]
WINDOW = dg.AssetKey(["extract", "demo"])


def test_night_with_nothing_loaded_extracts_everything() -> None:
    assert days_to_extract(DAYS, set()) == ("2026-03-01", "2026-03-10")


def test_usual_night_extracts_yesterday_and_the_day_before() -> None:
    assert days_to_extract(DAYS, set(DAYS[:-1])) == ("2026-03-09", "2026-03-10")


def test_second_night_of_a_day_extracts_the_same_days_again() -> None:
    assert days_to_extract(DAYS, set(DAYS)) == ("2026-03-09", "2026-03-10")


def test_night_after_missed_nights_catches_up() -> None:
    assert days_to_extract(DAYS, set(DAYS[:6])) == ("2026-03-06", "2026-03-10")


def test_hole_in_the_past_is_filled() -> None:
    assert days_to_extract(DAYS, set(DAYS) - {"2026-03-04"}) == ("2026-03-03", "2026-03-10")


def test_day_that_is_not_over_is_not_extracted() -> None:
    assert days_to_extract([], set()) is None


@given(st.sets(st.sampled_from(DAYS)))
def test_any_night_leaves_no_day_unloaded(loaded: set[str]) -> None:
    days = days_to_extract(DAYS, loaded)
    assert days is not None
    first, last = days
    assert last == DAYS[-1]
    assert set(DAYS) - loaded <= set(DAYS[DAYS.index(first) :])


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:
        yield instance


def evaluate(
    repository: dg.RepositoryDefinition, instance: dg.DagsterInstance, now: datetime
) -> dg.RunRequest | dg.SkipReason:
    context = dg.build_schedule_context(instance=instance, scheduled_execution_time=now)
    request = repository.get_schedule_def("nightly")(context)
    assert isinstance(request, dg.RunRequest | dg.SkipReason)
    return request


def record_loaded(instance: dg.DagsterInstance, *days: str) -> None:
    for day in days:
        instance.report_runless_asset_event(dg.AssetMaterialization(WINDOW, partition=day))


def test_schedule_starts_from_the_beginning_without_a_warehouse(
    repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    record_loaded(instance, "2026-06-29", "2026-06-30")  # of a warehouse that was removed
    request = evaluate(repository, instance, datetime(2026, 7, 1, 2, tzinfo=MOSCOW))
    assert isinstance(request, dg.RunRequest)
    assert request.tags[RANGE_START_TAG] == get_settings().history_start.isoformat()
    assert request.tags[RANGE_END_TAG] == "2026-06-30"


def test_schedule_requests_one_run_for_the_days_not_loaded_and_the_overlap(
    repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    settings = get_settings()
    settings.warehouse_path.touch()
    days = daily_partitions(settings).get_partition_keys(
        current_time=datetime(2026, 6, 29, 2, tzinfo=MOSCOW)
    )
    record_loaded(instance, *days)
    try:
        request = evaluate(repository, instance, datetime(2026, 7, 1, 2, tzinfo=MOSCOW))
    finally:
        settings.warehouse_path.unlink()
    assert isinstance(request, dg.RunRequest)
    assert request.tags[RANGE_START_TAG] == "2026-06-28"
    assert request.tags[RANGE_END_TAG] == "2026-06-30"
    assert request.run_key == "2026-07-01T02:00:00+03:00"


def test_schedule_skips_before_the_first_day_is_over(
    repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    start = get_settings().history_start
    request = evaluate(
        repository, instance, datetime(start.year, start.month, start.day, 2, tzinfo=MOSCOW)
    )
    assert isinstance(request, dg.SkipReason)
    assert str(start) in str(request.skip_message)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, history_start="2026-03-01", time_zone="Europe/Berlin")


def test_first_day_stands_for_everything_before_its_end(settings: Settings) -> None:
    window = window_of(dg.PartitionKeyRange("2026-03-01", "2026-03-02"), daily_partitions(settings))
    assert window.start is None
    assert window.end == datetime(2026, 3, 2, 23, tzinfo=UTC)


def test_days_are_days_of_the_reporting_time_zone_across_a_clock_change(settings: Settings) -> None:
    window = window_of(dg.PartitionKeyRange("2026-03-28", "2026-03-29"), daily_partitions(settings))
    assert window.start == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert window.end == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_windows_of_adjacent_ranges_touch(settings: Settings) -> None:
    partitions = daily_partitions(settings)
    one = window_of(dg.PartitionKeyRange("2026-03-05", "2026-03-07"), partitions)
    next_one = window_of(dg.PartitionKeyRange("2026-03-08", "2026-03-08"), partitions)
    assert one.end == next_one.start
