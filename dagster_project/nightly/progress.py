"""Follow one run through its event log: a line per finished step, and what the summary needs."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import dagster as dg
from rich.console import Console

_POLL_SECONDS = 0.5
_TAIL_BYTES = 4096
_WRAPPERS = {
    "DagsterExecutionStepExecutionError",
    "PipelineStepFailed",
    "ResourceExtractionError",
}

_TITLES = {
    "dbt_build": "Transform",
    "publication__candidate": "Candidate",
    "gate": "Checks",
    "publication__published": "Publish",
}


def title(step: str) -> str:
    """What people call a step."""
    if step.startswith("extract__"):
        return f"Extract {step.removeprefix('extract__')}"
    if step.startswith("raw_"):
        return f"Count {step}"
    return _TITLES.get(step, step)


@dataclass
class StepState:
    """What a step has recorded so far."""

    materialized: dict[str, dict[str, Any]] = field(default_factory=dict)
    checks: list[dg.AssetCheckEvaluation] = field(default_factory=list)
    error: str | None = None

    @property
    def failed_checks(self) -> list[dg.AssetCheckEvaluation]:
        """Checks that block; a warning does not."""
        return [
            check for check in self._not_passed if check.severity is dg.AssetCheckSeverity.ERROR
        ]

    @property
    def _not_passed(self) -> list[dg.AssetCheckEvaluation]:
        return [check for check in self.checks if not check.passed]

    def describe(self) -> str:
        """Assets and checks, in words."""
        parts = []
        rows = [metadata["rows"] for metadata in self.materialized.values() if "rows" in metadata]
        if rows:
            parts.append(f"{sum(rows):,} rows")
        elif len(self.materialized) > 1:
            parts.append(f"{len(self.materialized)} tables")
        if self.checks:
            failed = len(self.failed_checks)
            warned = len(self._not_passed) - failed
            parts.append(f"{len(self.checks)} checks")
            parts += [f"{failed} failed"] if failed else []
            parts += [f"{warned} with warnings"] if warned else []
        return ", ".join(parts)


class Progress:
    """Reads the run's events in a thread of its own while the run executes in the main one."""

    def __init__(
        self, instance: dg.DagsterInstance, run_id: str, console: Console, log: Path
    ) -> None:
        self.steps: dict[str, StepState] = {}
        self.succeeded = False
        self.run_error: str | None = None
        self._instance, self._run_id = instance, run_id
        self._console, self._log = console, log
        self._cursor: str | None = None
        self._running: str | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._status = console.status("Starting")

    def __enter__(self) -> Progress:
        self._status.start()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._status.stop()

    def _follow(self) -> None:
        while not self._ended.wait(_POLL_SECONDS):
            self._read()
            if self._running is not None:
                note = dbt_progress(self._log) if self._running == "dbt_build" else ""
                self._status.update(f"{title(self._running)}  {note}")
        self._read()

    def _read(self) -> None:
        if not self._instance.has_run(self._run_id):
            return
        more = True
        while more:
            page = self._instance.get_records_for_run(self._run_id, cursor=self._cursor)
            self._cursor, more = page.cursor, page.has_more
            for record in page.records:
                event = record.event_log_entry.dagster_event
                if event is not None:
                    self._take(event)

    def _take(self, event: dg.DagsterEvent) -> None:
        kind = event.event_type
        if kind == dg.DagsterEventType.RUN_SUCCESS:
            self.succeeded = True
        elif kind == dg.DagsterEventType.RUN_FAILURE:
            self.run_error = event.message
        if event.step_key is None:
            return
        if kind == dg.DagsterEventType.STEP_START:
            self.steps[event.step_key] = StepState()
        step = self.steps.get(event.step_key)
        if step is None:
            return
        if kind == dg.DagsterEventType.ASSET_MATERIALIZATION:
            made = event.step_materialization_data.materialization
            step.materialized[made.asset_key.to_user_string()] = {
                name: value.value for name, value in made.metadata.items()
            }
        elif kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            step.checks.append(event.asset_check_evaluation_data)
        elif kind == dg.DagsterEventType.STEP_FAILURE:
            error = event.step_failure_data.error
            step.error = error_text(error) if error else event.message
        self._show(event, step)

    def _show(self, event: dg.DagsterEvent, step: StepState) -> None:
        name = title(str(event.step_key))
        if event.event_type == dg.DagsterEventType.STEP_SUCCESS:
            seconds = event.step_success_data.duration_ms / 1000
            self._console.print(f"[green]✓[/green] {name:<18} {seconds:6.1f} s  {step.describe()}")
            self._running = None
        elif event.event_type == dg.DagsterEventType.STEP_FAILURE:
            self._console.print(f"[red]✗[/red] {name:<18}           {step.describe()}")
        elif event.event_type == dg.DagsterEventType.STEP_START:
            self._running = event.step_key


def dbt_progress(log: Path) -> str:
    """The last `104 of 256` that dbt wrote."""
    with log.open("rb") as lines:
        lines.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        found = re.findall(rb"(\d+ of \d+) ", lines.read())
    return found[-1].decode() if found else ""


def error_text(error: Any) -> str:
    """The message of the error that says what happened, without stack traces.

    Dagster and dlt wrap what a step raised in errors of their own; what that one was in turn caused
    by, such as DuckDB's words on a lock, is less use to people.
    """
    while error.cause is not None and error.cls_name in _WRAPPERS:
        error = error.cause
    return str(error.message).strip()
