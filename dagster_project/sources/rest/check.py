"""Dry run of a CRM: sign in, look around, print what a person should know; nothing is loaded.

    python -m dagster_project.sources.rest.check SOURCE

Exit code 0 when nothing stands in the way, 1 when something does, 2 for a wrong call.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from requests import RequestException
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dagster_project.settings import Settings, switch_telemetry_off
from dagster_project.sources.base import CheckReport, Source
from dagster_project.sources.registry import SOURCES
from dagster_project.sources.rest.errors import CrmError, CrmMappingError


def main(
    arguments: Sequence[str] | None = None,
    console: Console | None = None,
    sources: Sequence[Source] = SOURCES,
) -> int:
    """Print the dry run of one source; the exit code says whether a run would be sound."""
    checkable = {source.name: source for source in sources if source.check}
    parser = argparse.ArgumentParser(
        prog="python -m dagster_project.sources.rest.check",
        description="Dry run of a CRM: nothing is loaded.",
    )
    parser.add_argument("source", choices=sorted(checkable))
    chosen = checkable[parser.parse_args(arguments).source]
    out = console or Console()
    switch_telemetry_off()
    assert chosen.check is not None
    try:
        report = chosen.check(Settings())
    except (CrmError, CrmMappingError, RequestException) as error:
        out.print(Text(f"STOP: {error}", style="bold red"))
        return 1
    _print(report, out)
    return 1 if report.problems else 0


def _print(report: CheckReport, out: Console) -> None:
    _table(out, "Account", ("", ""), report.account.items())
    _table(out, "Rows", ("entity", "rows"), report.counts.items())
    _table(out, "The company's own fields", ("entity", "field", "title", "type"), report.to_map)
    for lack in report.not_measurable:
        out.print(Text(f"Not measurable: {lack}"))
    for problem in report.problems:
        out.print(Text(f"PROBLEM: {problem}", style="bold red"))
    if not report.problems:
        out.print(Text("OK: nothing stands in the way of a run", style="bold green"))


def _table(out: Console, title: str, columns: Sequence[str], rows: object) -> None:
    listed = [tuple(row) for row in rows]  # type: ignore[attr-defined]
    if not listed:
        return
    table = Table(title=title, title_justify="left", title_style="bold", show_header=any(columns))
    for at, column in enumerate(columns):
        numeric = all(isinstance(row[at], int) for row in listed)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        table.add_row(*(Text(str(cell)) for cell in row))
    out.print(table)


if __name__ == "__main__":
    sys.exit(main())
