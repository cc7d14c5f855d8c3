"""On which line of a CSV file a record stands: one pass over the file, only when something is
rejected.

A quoted value may span lines and blank lines are no records, so record 100 is rarely on line 101.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Broken:
    """A refused record: the byte it begins at (or blank lines before it), its lines."""

    at: int
    span: int


@dataclass(frozen=True)
class Layout:
    """What is needed to tell records apart. `quote` may be empty; then every line is a record."""

    path: Path
    quote: str
    skipped: int
    header: bool
    blank_lines_count: bool
    """Blank lines are records of their own: where there is but one column."""


def find_lines(
    layout: Layout, broken: Collection[Broken], records: Collection[int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Lines of the wanted good records (by number, from 0) and of the broken (by byte)."""
    quote = layout.quote.encode()
    wanted, last = set(records), max(records, default=-1)
    refused = sorted(broken, key=lambda one: one.at, reverse=True)
    good: dict[int, int] = {}
    bad: dict[int, int] = {}
    at, started, record, skip = 0, 0, -2 if layout.header else -1, layout.skipped
    inside = False
    with layout.path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            at += len(line)
            if skip:
                skip -= 1
                continue
            if not inside:
                if not layout.blank_lines_count and not line.strip(b"\r\n"):
                    continue
                started = number
                if refused and refused[-1].at < at:
                    one = refused.pop()
                    bad[one.at] = number
                    skip = one.span - 1
                    continue
            if quote and line.count(quote) % 2:
                inside = not inside
            if not inside:
                record += 1
                if record in wanted:
                    good[record] = started
                if record >= last and not refused:
                    break
    return good, bad
