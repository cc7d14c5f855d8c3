"""Extraction: per source the changes of each day (`extract/<source>`) and its raw tables.

`extract/<source>` is partitioned by day of the reporting time zone: one partition is every change
of that day. The raw tables are not: rows are merged by key, so each holds the source's present
state, whatever order days came in. It also keeps the event log small: a load of two years records
one event a day, not one for every table and day.
"""

from collections.abc import Iterator
from datetime import UTC

import dagster as dg

from dagster_project.defs.health import NIGHTLY_FRESHNESS
from dagster_project.row_counts import row_counts
from dagster_project.settings import Settings, get_settings
from dagster_project.sources.base import Source, Window
from dagster_project.sources.registry import enabled_sources
from dagster_project.warehouse.load import load

WRITER_POOL = "warehouse_writer"
"""One slot: DuckDB has one writer, and readers of the warehouse file exclude it too."""


def daily_partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    """Days of the reporting time zone; the first stands for everything before its end."""
    return dg.DailyPartitionsDefinition(
        start_date=settings.history_start.isoformat(), timezone=settings.time_zone
    )


def window_key(source: Source) -> dg.AssetKey:
    """The asset whose partitions are the source's extracted days."""
    return dg.AssetKey(["extract", source.name])


def window_of(keys: dg.PartitionKeyRange, partitions: dg.DailyPartitionsDefinition) -> Window:
    """The changes (UTC) that a range of partitions stands for."""
    first = partitions.time_window_for_partition_key(keys.start)
    last = partitions.time_window_for_partition_key(keys.end)
    from_the_beginning = keys.start == partitions.get_first_partition_key()
    return Window(
        None if from_the_beginning else first.start.astimezone(UTC), last.end.astimezone(UTC)
    )


def build_window_asset(source: Source, settings: Settings) -> dg.AssetsDefinition:
    """The asset that extracts a range of days in one load."""
    partitions = daily_partitions(settings)

    @dg.asset(
        key=window_key(source),
        description=(
            f"Changes of `{source.name}` by day, merged by key into schema `{source.raw_schema}`."
            " The first day stands for everything before its end; a day extracted again changes"
            " nothing."
        ),
        group_name="extract",
        kinds={"dlt", "duckdb"},
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=WRITER_POOL,
        freshness_policy=NIGHTLY_FRESHNESS,
    )
    def extract(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        window = window_of(context.partition_key_range, partitions)
        report = load(source.extract(window, settings), source.raw_schema, settings, window)
        for table, rows in report.rows.items():
            context.log.info("%s.%s: %d rows", source.raw_schema, table, rows)
        return dg.MaterializeResult(
            metadata={
                "rows": sum(report.rows.values()),
                "rows_by_table": dg.MetadataValue.json(report.rows),
                "window_start": window.start.isoformat() if window.start else "the beginning",
                "window_end": window.end.isoformat(),
                "seconds": report.seconds,
            }
        )

    return extract


def build_raw_tables(source: Source, settings: Settings) -> dg.AssetsDefinition:
    """The raw tables of a source as assets, with the rows each holds now."""

    @dg.multi_asset(
        name=source.raw_schema,
        specs=[
            dg.AssetSpec(
                [source.raw_schema, table],
                deps=[window_key(source)],
                description=f"`{table}` of `{source.name}` as extracted: its present state.",
                group_name=source.raw_schema,
                kinds={"dlt", "duckdb"},
                metadata={"dagster/table_name": f"{source.raw_schema}.{table}"},
                skippable=True,
            )
            for table in source.tables
        ],
        can_subset=True,
        pool=WRITER_POOL,
    )
    def raw_tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        rows = row_counts(settings, source.raw_schema)
        for key in sorted(context.selected_asset_keys):
            yield dg.MaterializeResult(
                asset_key=key, metadata={"dagster/row_count": rows[source.raw_schema, key.path[-1]]}
            )

    return raw_tables


@dg.definitions
def extraction() -> dg.Definitions:
    """The extraction assets of every enabled source."""
    settings = get_settings()
    sources = enabled_sources(settings)
    return dg.Definitions(
        assets=[build(source, settings) for source in sources for build in _BUILDERS]
    )


_BUILDERS = (build_window_asset, build_raw_tables)
