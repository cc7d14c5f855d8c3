"""The CRMs under test, each with a fake of its own, and a warehouse to load them into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import duckdb
import pytest

from dagster_project.settings import Settings
from dagster_project.sources.base import Window
from dagster_project.warehouse.load import LoadReport, load
from tests.conformance.adapter import CrmAdapter, Facts
from tests.conformance.bitrix24 import Bitrix24

ADAPTERS: tuple[type[CrmAdapter], ...] = (Bitrix24,)


T = TypeVar("T")


class Bench:
    """One CRM, one warehouse."""

    def __init__(self, crm: CrmAdapter, settings: Settings, patch: pytest.MonkeyPatch) -> None:
        self.crm = crm
        self.settings = settings
        self.patch = patch

    @contextmanager
    def serving(self) -> Iterator[None]:
        """The fake runs; its credentials are in the environment."""
        with self.crm.serving(self.patch):
            yield

    def load(self, window: Window) -> LoadReport:
        """Extract a window and load it, as a nightly run does."""
        source = self.crm.extract(window, self.settings)
        return load(source, f"raw_{self.crm.name}", self.settings, window)

    def loaded(self) -> Facts:
        """What the warehouse knows."""
        return self.query(self.crm.loaded)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """The answer to a query on the warehouse."""
        return self.query(lambda connection: connection.execute(sql).fetchall())

    def query(self, ask: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Ask the warehouse."""
        with duckdb.connect(str(self.settings.warehouse_path), read_only=True) as connection:
            return ask(connection)


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.name)
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A CRM of each kind with an empty warehouse; its fake is not yet running."""
    crm: CrmAdapter = request.param()
    mappings = tmp_path / "mappings"
    mappings.mkdir()
    crm.write_mapping(mappings)
    settings = Settings(data_dir=tmp_path / "data", mappings_dir=mappings, sources=(crm.name,))
    return Bench(crm, settings, monkeypatch)
