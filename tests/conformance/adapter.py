"""What the suite must know of a CRM: how to run its fake, change its company, and read the truth.

A new CRM is one subclass of `CrmAdapter` in `tests/conformance/<crm>.py` and one line in
`conftest.ADAPTERS`. The suite itself is not touched.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from dlt.extract import DltSource

from dagster_project.settings import Settings
from dagster_project.sources.base import CheckReport, Window
from tests.fakes.company import Company

Facts = dict[str, dict[Any, Any]]
"""Per kind of row: key to what is known of it. The loaded and the true ones must be equal."""


class CrmAdapter(ABC):
    """One CRM's fake, and the company in it."""

    name: str
    """The source's name in the registry."""

    @contextmanager
    @abstractmethod
    def serving(self, patch: Any) -> Iterator[None]:
        """Run the fake; set its credentials in the environment with `patch.setenv`."""

    @abstractmethod
    def write_mapping(self, folder: Path, held: Company | None = None) -> None:
        """Write the company's mapping file, with the roles of the stages of a `held` company."""

    @abstractmethod
    def extract(self, window: Window, settings: Settings) -> DltSource:
        """The connector's own extraction, with waits short enough for tests."""

    @abstractmethod
    def check(self, settings: Settings) -> CheckReport:
        """The connector's own dry run, likewise."""

    @abstractmethod
    def fill(self, company: Company) -> None:
        """Put a company into the fake."""

    @abstractmethod
    def held(self, company: Company) -> Company:
        """What of a company this CRM can hold: canonical columns, its own ids."""

    @abstractmethod
    def truth(self) -> Facts:
        """What is in the fake now: deals, stage entries, lines at least."""

    @abstractmethod
    def loaded(self, connection: duckdb.DuckDBPyConnection) -> Facts:
        """The same as read from the raw tables, deleted rows left out."""

    @abstractmethod
    def edit(self) -> None:
        """Change some deals now: amount, an entry in the history, lines (some removed)."""

    @abstractmethod
    def add_deal(self) -> None:
        """Enter a new deal now."""

    @abstractmethod
    def delete_deals(self, count: int) -> None:
        """Delete the newest deals, with all that hangs on them."""

    @abstractmethod
    def touch_all(self) -> None:
        """Stamp every deal with one and the same moment of change, before `AS_OF`."""

    @abstractmethod
    def hang_after(self, calls: int) -> threading.Event:
        """After this many calls answer none any more; the event says that it came to that."""

    @abstractmethod
    def recover(self) -> None:
        """Be well again."""

    @abstractmethod
    def throttle(self) -> None:
        """Answer as a CRM at its limits does: bursts refused, budgets used up, for short times."""

    @abstractmethod
    def throttled_calls(self) -> int:
        """How many calls were refused as too fast so far."""

    @abstractmethod
    def expire_token_every(self, calls: int) -> None:
        """Sign in with tokens that live for this many calls; to be called before `serving`."""

    @abstractmethod
    def set_clock_skew(self, skew: timedelta) -> None:
        """Let the CRM's clock differ from this machine's."""

    @abstractmethod
    def change_while_paging(self) -> None:
        """From now on delete, change and add deals between the pages of listings."""

    @abstractmethod
    def add_field(self, name: str) -> str:
        """Give deals a field nobody has seen; returns its name in the raw table."""

    @abstractmethod
    def drop_required_field(self) -> str:
        """Take a field that reports need from all deals; returns its name."""

    @abstractmethod
    def truncate_deals(self) -> None:
        """Show only the first few deals, as after a loss of rights, without an error."""

    @abstractmethod
    def calls(self) -> int:
        """HTTP requests answered so far."""

    @abstractmethod
    def secrets(self) -> tuple[str, ...]:
        """Text that may appear in no message, log or file of the warehouse."""
