"""What a person wants to know after a night: rows, checks, the funnel, and where everything is."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from dagster_project.nightly.dbt_failures import failed_nodes
from dagster_project.nightly.funnel_chart import funnel_chart
from dagster_project.nightly.progress import Progress, title
from dagster_project.settings import Settings
from dagster_project.warehouse.audit import read_audit
from dagster_project.warehouse.candidate import candidate_folder
from dagster_project.warehouse.publication import current
from dagster_project.warehouse.verdict import CheckResult

_UI = "http://127.0.0.1:3000"
_SHOWN = 10


def print_summary(console: Console, settings: Settings, progress: Progress) -> None:
    """The summary of a published night."""
    publication = current(settings)
    assert publication is not None
    audit = publication.audit
    console.print()
    _print_extracted(console, progress)
    tests = [check for name in ("dbt_build",) for check in progress.steps[name].checks]
    warned = [check for check in tests if not check.passed]
    console.print(
        f"[bold]Checks[/bold]     dbt tests: {len(tests) - len(warned)} passed, {len(warned)}"
        f" warnings; expectations: {audit.checks_run - audit.checks_failed} passed,"
        f" {audit.checks_failed} warnings"
    )
    for result in audit.checks:
        if result.label != "passed":
            console.print(f"  [yellow]![/yellow] {escape(sentence(result))}")
    console.print()
    for line in funnel_chart(publication.database):
        console.print(escape(line))
    as_of = f"{audit.as_of:%Y-%m-%d %H:%M} UTC" if audit.as_of else "unknown"
    console.print(f"[bold]Published[/bold]  {len(audit.tables)} tables, data as of {as_of}")
    console.print(f"  tables      {settings.current_link / 'marts.duckdb'}")
    console.print(f"  check page  {settings.current_link / 'checks.html'}")
    console.print(f"  Dagster UI  `make dev` and {_UI}")


def print_failure(console: Console, settings: Settings, progress: Progress, log: Path) -> None:
    """Why the night failed: the step, the rule and the rows; and what readers still have."""
    console.print()
    console.print("[bold red]Not published.[/bold red]")
    failed = {name: step for name, step in progress.steps.items() if step.error}
    for name, step in failed.items():
        console.print(f"  {title(name)} failed.")
        if name == "dbt_build":
            lines = failed_nodes(settings) or [str(step.error)]
        elif name == "publication__published" and progress.steps["gate"].failed_checks:
            lines = []
        else:
            lines = [str(step.error)]
        for line in lines[:_SHOWN]:
            console.print(f"  [red]✗[/red] {escape(line)}")
    gate = progress.steps.get("gate")
    if gate is not None and not gate.error:
        for result in _blocking(settings, progress):
            console.print(f"  [red]✗[/red] {escape(sentence(result))}")
            for row in result.sample[:3]:
                console.print(f"      {escape(_row(row))}")
    if not failed and progress.run_error and not (gate and gate.failed_checks):
        console.print(f"  {escape(progress.run_error)}")
    before = current(settings)
    console.print(
        f"Readers keep publication {before.publication_id} in {settings.current_link}."
        if before
        else "There is no earlier publication."
    )
    console.print(f"Full log: {log}")


def sentence(result: CheckResult) -> str:
    """A failed expectation in one line: table, rule, what was found."""
    found = result.error or result.observed or f"{result.unexpected_count} rows"
    return f"{result.table}: {result.rule} ({result.label}: {found})"


def _print_extracted(console: Console, progress: Progress) -> None:
    for name, step in progress.steps.items():
        if not name.startswith("extract__"):
            continue
        for metadata in step.materialized.values():
            window = f"{metadata['window_start']} to {metadata['window_end']}"
            console.print(f"[bold]Extracted[/bold]  {name.removeprefix('extract__')}: {window}")
            for table, rows in metadata["rows_by_table"].items():
                console.print(f"  {table:<24} {rows:>10,}")


def _blocking(settings: Settings, progress: Progress) -> list[CheckResult]:
    made = progress.steps["publication__candidate"].materialized
    build_id = str(next(iter(made.values()))["build_id"])
    audit = read_audit(candidate_folder(settings, build_id))
    return [result for result in audit.checks if result.blocks]


def _row(row: dict[str, str | None]) -> str:
    return ", ".join(f"{column}={value}" for column, value in row.items())
