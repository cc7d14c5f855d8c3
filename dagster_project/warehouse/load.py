"""Run a source's extraction into the warehouse's raw schema (the L of ELT), with dlt.

A load extracts and prepares everything first and touches the raw tables last. Each of them then
changes in one transaction, by primary key: a load killed at any point leaves a table as it was or
as it should be, never in between, and the same window again brings it to the same rows.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dlt
from dlt.common.runtime.collector import LogCollector
from dlt.extract import DltSource
from duckdb import DuckDBPyConnection

from dagster_project.settings import Settings
from dagster_project.sources.base import Window
from dagster_project.warehouse.connections import writer
from dagster_project.warehouse.ops import ensure_ops, record_loads

log = logging.getLogger(__name__)

_PROGRESS_SECONDS = 10.0


@dataclass(frozen=True)
class LoadReport:
    """What one load wrote: rows per raw table (0 if empty), dlt's load ids, its duration."""

    raw_schema: str
    rows: dict[str, int]
    load_ids: tuple[str, ...]
    seconds: float


def load(
    source: DltSource, raw_schema: str, settings: Settings, window: Window | None = None
) -> LoadReport:
    """Extract `source` and merge its tables into schema `raw_schema` of the warehouse.

    Names stay as the source gives them. Packages that a killed run left behind are dropped: this
    load extracts their window again. `window` is only noted in `ops.loads`: the source was built
    for it. Timestamps without a zone are taken as UTC and land as `timestamp with time zone`.

    Raises:
        WarehouseLocked: another process writes to the warehouse.
        dlt.pipeline.exceptions.PipelineStepFailed: extraction or loading failed; raw tables not yet
            reached keep their old rows.
    """
    started = time.monotonic()
    source.max_table_nesting = 0  # nested JSON stays one column, for staging to unpack
    with writer(settings.warehouse_path, f"load {raw_schema}") as connection:
        ensure_ops(connection)
        pipeline = _pipeline(connection, raw_schema, settings)
        pipeline.abort_packages()
        with _without_hint_warnings():
            info = pipeline.run(source)
        info.raise_on_failed_jobs()
        rows = _rows_written(pipeline)
        bounds = (window.start, window.end) if window else (None, None)
        for load_id in info.loads_ids:
            record_loads(connection, raw_schema, load_id, rows, bounds)
    report = LoadReport(raw_schema, rows, tuple(info.loads_ids), time.monotonic() - started)
    log.info("%s: %d rows in %.1f s", raw_schema, sum(rows.values()), report.seconds)
    return report


def _pipeline(connection: DuckDBPyConnection, raw_schema: str, settings: Settings) -> dlt.Pipeline:
    # Rows are merged from a staging schema; what stays there after the load is dead weight.
    dlt.config["load.truncate_staging_dataset"] = True
    # One resource after the other, in the order the source gives them: sources may rely on it.
    dlt.config["extract.next_item_mode"] = "fifo"
    return dlt.pipeline(
        raw_schema,
        destination=dlt.destinations.duckdb(
            connection,
            naming_convention="direct",
            # Rows come from the staging schema, never by emptying the table first.
            replace_strategy="insert-from-staging",
            # dlt 1.31 leaves this unset for DuckDB, and then deletes and inserts in two commits:
            # a load killed between them would lose the rows it was replacing.
            supports_transactions=True,
        ),
        dataset_name=raw_schema,
        pipelines_dir=str(settings.dlt_dir),
        progress=LogCollector(_PROGRESS_SECONDS, log),
    )


def _rows_written(pipeline: dlt.Pipeline) -> dict[str, int]:
    trace = pipeline.last_trace
    normalized = trace.last_normalize_info if trace else None
    counts = normalized.row_counts if normalized else {}
    return {table: counts[table] for table in sorted(counts) if not table.startswith("_dlt")}


@contextmanager
def _without_hint_warnings() -> Iterator[None]:
    """Silence dlt's warning that key columns are `not null` while Arrow columns never are."""

    def wanted(record: logging.LogRecord) -> bool:
        return "when merging arrow schema with dlt schema" not in record.getMessage()

    logger = logging.getLogger("dlt")
    logger.addFilter(wanted)
    try:
        yield
    finally:
        logger.removeFilter(wanted)
