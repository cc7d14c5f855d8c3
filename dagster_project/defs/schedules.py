"""The night: one job over everything, and the schedule that says which days it extracts."""

from collections.abc import Collection, Sequence
from datetime import datetime

import dagster as dg

from dagster_project.defs.extract import daily_partitions, window_key
from dagster_project.settings import Settings, get_settings
from dagster_project.sources.registry import enabled_sources

NIGHTLY = "nightly"
OVERLAP_DAYS = 1
"""Days extracted again every night: a source may report a change hours after it happened."""

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


def days_to_extract(ended: Sequence[str], loaded: Collection[str]) -> tuple[str, str] | None:
    """The first and last day a night extracts: all not loaded yet, and the overlap before them.

    `ended` are the days over by now, in order. None if no day is over yet.
    """
    if not ended:
        return None
    missing = (position for position, day in enumerate(ended) if day not in loaded)
    first = next(missing, len(ended) - 1)
    return ended[max(first - OVERLAP_DAYS, 0)], ended[-1]


def nightly_tags(
    settings: Settings, instance: dg.DagsterInstance, now: datetime
) -> dict[str, str] | None:
    """The tags that make one run cover the days the night has to extract; None if there are none.

    Without a warehouse nothing counts as loaded, whatever the instance remembers.
    """
    loaded: set[str] = set()
    if settings.warehouse_path.exists():
        loaded = set.intersection(
            *(
                set(instance.get_materialized_partitions(window_key(source)))
                for source in enabled_sources(settings)
            )
        )
    ended = daily_partitions(settings).get_partition_keys(current_time=now)
    days = days_to_extract(ended, loaded)
    return {RANGE_START_TAG: days[0], RANGE_END_TAG: days[1]} if days else None


@dg.definitions
def nights() -> dg.Definitions:
    """The nightly job and its schedule, which runs as soon as the code location is loaded."""
    settings = get_settings()
    job = dg.define_asset_job(
        NIGHTLY,
        selection=dg.AssetSelection.all(),
        description="Extract, transform, check, publish.",
        executor_def=dg.in_process_executor,
    )

    @dg.schedule(
        job=job,
        name=NIGHTLY,
        cron_schedule=settings.nightly_cron,
        execution_timezone=settings.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Every day not extracted yet, and the {OVERLAP_DAYS} before, as one run.",
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        now = context.scheduled_execution_time
        tags = nightly_tags(settings, context.instance, now)
        if tags is None:
            return dg.SkipReason(f"No day since {settings.history_start} is over yet.")
        return dg.RunRequest(run_key=now.isoformat(), tags=tags)

    return dg.Definitions(jobs=[job], schedules=[nightly])
