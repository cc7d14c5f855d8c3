"""What a source is: a name, the raw tables it fills, a function that extracts a window.

`extract(window, settings)` returns a dlt source whose resources carry the names of the raw tables,
yield Arrow tables, and merge by primary key; so the same window twice changes nothing. The source
never opens the warehouse: `warehouse.load` runs it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dlt.extract import DltSource

from dagster_project.settings import Settings


@dataclass(frozen=True)
class Window:
    """Changes with `start <= changed < end` (UTC). `start` is None for "from the beginning"."""

    start: datetime | None
    end: datetime

    def __post_init__(self) -> None:
        if self.end.tzinfo is None or (self.start is not None and self.start.tzinfo is None):
            raise ValueError("a window's bounds carry a time zone; use UTC")
        if self.start is not None and self.start >= self.end:
            raise ValueError(f"a window ends after it starts, not {self.start} .. {self.end}")

    @classmethod
    def everything(cls) -> Window:
        """Every change up to tomorrow."""
        return cls(None, datetime.now(UTC) + timedelta(days=1))


@dataclass(frozen=True)
class CheckReport:
    """What a source's dry run found, to be shown to a person.

    `counts` are rows per entity as the source counts them; `problems` stop or distort the reports;
    `to_map` are the company's own fields (entity, field, title, type); `not_measurable` names what
    reports will not have, and why.
    """

    account: dict[str, str]
    counts: dict[str, int]
    problems: tuple[str, ...] = ()
    to_map: tuple[tuple[str, str, str, str], ...] = ()
    not_measurable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """One source system. `name` is its key in settings, its dbt staging folder and `raw_<name>`."""

    name: str
    tables: tuple[str, ...]
    extract: Callable[[Window, Settings], DltSource]
    check: Callable[[Settings], CheckReport] | None = None
    """Signs in and looks around without loading anything: `make check SOURCE=<name>`."""

    @property
    def raw_schema(self) -> str:
        return f"raw_{self.name}"
