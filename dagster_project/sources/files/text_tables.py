"""What a reader makes of one file: a table of text columns, and the lines that are no rows.

Row `n` of the table (its `rowid`) is record `n` of the file, so a row can be traced to its line
without carrying a column for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from duckdb import DuckDBPyConnection

PROVENANCE = ("_row", "_record", "_file")
"""Columns every file's view has beside its own: where a row stands."""

Lines = Callable[[Collection[int]], dict[int, int]]
"""The line of each of the given records (0-based), counted from 1 in the file."""


@dataclass(frozen=True)
class RejectedLine:
    """A line that could not be read as a row. `lost` is how many lines of the file went with it."""

    line: int
    text: str
    reason: str
    lost: int = 1


@dataclass(frozen=True)
class Part:
    """One file, read."""

    label: str
    table: str
    columns: tuple[str, ...]
    lines: Lines
    rejected: tuple[RejectedLine, ...] = field(default=())

    @property
    def lost(self) -> int:
        return sum(reject.lost for reject in self.rejected)


def unique_names(names: Collection[str | None]) -> tuple[str, ...]:
    """Column names as SQL needs them: none empty, none twice even in another case."""
    taken = set(PROVENANCE)
    result = []
    for position, given in enumerate(names, start=1):
        wanted = (given or "").strip() or f"column_{position}"
        candidate, number = wanted, 1
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{wanted}_{number}"
        taken.add(candidate.casefold())
        result.append(candidate)
    return tuple(result)


def offset_lines(first: int) -> Lines:
    """Records that stand on consecutive lines (or rows of a sheet) from `first`."""
    return lambda records: {record: first + record for record in records}


def row_count(connection: DuckDBPyConnection, table: str) -> int:
    found = connection.execute(f'select count(*) from "{table}"').fetchone()
    assert found is not None
    return int(found[0])
