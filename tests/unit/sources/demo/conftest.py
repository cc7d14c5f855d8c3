"""The demo CRM's raw tables in an in-memory DuckDB, straight from the extraction, no dlt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import duckdb
import pyarrow as pa
import pytest

from dagster_project.sources.base import Window
from dagster_project.sources.demo import tables
from dagster_project.sources.demo.extract import pages
from dagster_project.sources.demo.world import World

DEFAULT_DEALS = 20_000
SEEDS = (7, 11)
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)

Raw = Callable[..., duckdb.DuckDBPyConnection]


@cache
def extracted(
    deals: int, seed: int, as_of: datetime, window: Window | None = None
) -> dict[str, pa.Table]:
    """Every raw table as one Arrow table."""
    moment = int(as_of.timestamp())
    return {
        table.name: pa.concat_tables(
            pages(table, World(deals, seed), moment, window or Window.everything())
        )
        for table in tables.TABLES
    }


@cache
def _loaded(deals: int, seed: int, as_of: datetime) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'; create schema raw_demo; use raw_demo")
    for name, rows in extracted(deals, seed, as_of).items():
        connection.register("rows_of_table", rows)
        connection.execute(f"create table raw_demo.{name} as from rows_of_table")
        connection.unregister("rows_of_table")
    return connection


@pytest.fixture(scope="session", params=SEEDS, ids=lambda seed: f"seed{seed}")
def raw(request: pytest.FixtureRequest) -> duckdb.DuckDBPyConnection:
    """The company at its default size, for the default seed and another."""
    return _loaded(DEFAULT_DEALS, request.param, AS_OF)


@pytest.fixture(scope="session")
def raw_at() -> Raw:
    """`raw_at(deals, seed, as_of)`: a company of another size, seed or moment."""
    return _loaded
