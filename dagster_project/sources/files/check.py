"""Dry run of a mapping: what it reads, rejects and yields, without touching the warehouse.

    python -m dagster_project.sources.files.check MAPPING

Exit code 0 when a run would load it, 1 when a run would stop, 2 for a wrong call.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import NoneType

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dagster_project.sources.canonical import ENTITIES
from dagster_project.sources.files import findings
from dagster_project.sources.files.capabilities import capabilities
from dagster_project.sources.files.errors import FileError, MappingError
from dagster_project.sources.files.mapping_file import load_mapping
from dagster_project.sources.files.prepare import Prepared, now, prepared

NOT_MEASURABLE = {
    "has_stage_history": "time in stage, flow by month (only the current stage counts)",
    "has_stage_author": "who moved a deal (its manager stands in)",
    "has_lost_reason": "why deals are lost",
    "has_lines": "products, bundles, average bill",
    "has_invoices": "why signed deals do not pay",
    "has_region": "regions",
    "has_spend": "cost per lead, CAC, ROMI",
}
"""What a company cannot see while a capability is missing."""

_CELL = 60
_SAMPLE_ROWS = 3


def main(arguments: Sequence[str] | None = None, console: Console | None = None) -> int:
    """Print the dry run of one mapping; the exit code says whether a run would load it."""
    parser = argparse.ArgumentParser(
        prog="python -m dagster_project.sources.files.check",
        description="Dry run of a mapping file: nothing is loaded.",
    )
    parser.add_argument("mapping", type=Path, help="the mapping file (YAML)")
    path = parser.parse_args(arguments).mapping
    out = console or Console()
    try:
        mapping = load_mapping(path)
        with prepared(mapping) as result:
            return _report(result, out)
    except (MappingError, FileError) as error:
        out.print(Text(f"STOP: {error}", style="bold red"))
        return 1


def _report(result: Prepared, out: Console) -> int:
    _print(out, "Files", ("file", "rows", "lines rejected"), findings.files(result))
    _print(
        out,
        "Entities",
        ("entity", "rows read", "rejected", "share"),
        (
            (entity, counted.read, counted.rejected, f"{counted.share:.2%}")
            for entity, counted in result.tallies.items()
        ),
    )
    _print(out, "Values", ("column", "value", "rows"), findings.values(result))
    _print(
        out,
        "Unmapped values: add them to a value map, or to the list of stages",
        ("entity", "column", "value", "rows"),
        findings.unmapped(result),
    )
    _print(
        out,
        "Rejected rows (the first of each kind)",
        ("entity", "file", "line", "column", "value", "reason", "rows"),
        findings.rejected(result),
    )
    _print(
        out,
        "Names without an entry (loaded, and shown as unknown)",
        ("column", "rows without", "for example", "add to"),
        findings.orphans(result),
    )
    for entity in result.entities():
        columns = tuple(ENTITIES[entity].columns)
        rows = findings.first_rows(result, entity, _SAMPLE_ROWS)
        _print_upright(out, f"First rows of {entity}", columns, rows)
    known = capabilities(result, now())
    out.print(Text(f"Data complete to {known['complete_to']} UTC", style="bold"))
    for capability, lost in NOT_MEASURABLE.items():
        if not known[capability]:
            out.print(Text(f"Not measurable: {lost} ({capability} is false)"))
    problems = result.over_the_limit()
    for problem in problems:
        out.print(Text(f"STOP: {clean(problem, limit=None)}", style="bold red"))
    if not problems:
        good = sum(counted.read - counted.rejected for counted in result.tallies.values())
        out.print(Text(f"OK: a run would load {good} rows", style="bold green"))
    return 1 if problems else 0


def _print(
    out: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """A table with what has values; nothing where there are no rows."""
    listed = [tuple(row) for row in rows]
    if not listed:
        return
    filled = [at for at in range(len(columns)) if any(row[at] is not None for row in listed)]
    table = Table(title=title, title_justify="left", title_style="bold")
    for at in filled:
        numeric = all(type(row[at]) in (int, NoneType) for row in listed)
        table.add_column(columns[at], justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        table.add_row(*(Text(clean(row[at])) for at in filled))
    out.print(table)


def _print_upright(
    out: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """A table with a line per column, for wide rows; columns without any value are left out."""
    numbers = [f"row {number}" for number in range(1, len(rows) + 1)]
    turned = [
        (column, *values)
        for column, *values in zip(columns, *rows, strict=True)
        if any(value is not None for value in values)
    ]
    _print(out, title, ("column", *numbers), turned)


def clean(value: object, limit: int | None = _CELL) -> str:
    """A value fit for a terminal: control characters shown, not obeyed; long text cut."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = "".join(one if one.isprintable() else repr(one)[1:-1] for one in str(value))
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


if __name__ == "__main__":
    sys.exit(main())
