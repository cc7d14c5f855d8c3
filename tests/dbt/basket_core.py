"""A warehouse of hand-made core tables, and dbt run on it: for tests of models that read core.

dbt runs in a process of its own, as it keeps the warehouse open for as long as its process lives.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from dagster_project.settings import DBT_DIR

Basket = Collection[str]
"""The products of one order."""

CORE = {
    "dim_sources": "source varchar, has_lines boolean, complete_to timestamp, as_of timestamp",
    "dim_products": "product_id varchar, source varchar, product_name varchar, category varchar",
    "dim_campaigns": "campaign_id varchar, channel varchar, strategy varchar",
    "fct_deals": (
        "source varchar, deal_id varchar, outcome varchar, customer_id varchar,"
        " campaign_id varchar, amount decimal(18, 2), created_at timestamp, closed_at timestamp,"
        " created_on date, closed_on date, closed_quarter date, region varchar,"
        " city varchar, country varchar"
    ),
    "fct_order_lines": (
        "source varchar, order_id varchar, line_id varchar, deal_id varchar, customer_id varchar,"
        " product_id varchar, region varchar, city varchar, country varchar,"
        " quantity decimal(18, 3), list_amount decimal(18, 2), discount decimal(18, 2),"
        " amount decimal(18, 2), cost decimal(18, 2), ordered_on date, ordered_month date,"
        " ordered_quarter date, is_return boolean, is_sold boolean, is_offered boolean"
    ),
    "fct_marketing_spend": (
        "source varchar, spent_on date, spent_quarter date, region varchar, channel varchar,"
        " strategy varchar, campaign_id varchar, amount decimal(18, 2)"
    ),
}
"""The columns of core tables that the marts about products, baskets and regions read."""


def make_warehouse(path: Path) -> None:
    """Create the core tables, empty but for one source `shop` with order lines."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema core")
        for table, columns in CORE.items():
            connection.execute(f"create table core.{table} ({columns})")
        connection.execute(
            "insert into core.dim_sources"
            " select 'shop', true, complete_to, complete_to"
            " from (select timestamp '2025-01-15' as complete_to)"
        )


def insert(path: Path, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows into a core table; columns that a row leaves out are null."""
    with duckdb.connect(str(path)) as connection:
        for row in rows:
            columns = ", ".join(row)
            marks = ", ".join("?" for _ in row)
            connection.execute(
                f"insert into core.{table} ({columns}) values ({marks})", list(row.values())
            )


def insert_baskets(path: Path, baskets: Iterable[Basket], source: str = "shop") -> None:
    """Insert one sold order per basket, a day apart, with a line of 1.00 per product."""
    orders, products = [], []
    for number, basket in enumerate(baskets):
        for product in basket:
            orders.append(number)
            products.append(f"{source}:{product}")
    lines = pa.table({"number": orders, "product_id": products})
    with duckdb.connect(str(path)) as connection:
        connection.register("lines", lines)
        connection.execute(
            "insert into core.fct_order_lines by name"
            " select $source as source, concat($source, ':', number) as order_id, product_id,"
            " 1.00 as amount, 1 as quantity, date '2024-01-01' + number::integer as ordered_on,"
            " false as is_return, true as is_sold from lines",
            {"source": source},
        )


def run_dbt(path: Path, select: str, **variables: object) -> None:
    """Build the selected models, snapshots and seeds in this warehouse, without their tests.

    Raises:
        AssertionError: a model failed; the message holds dbt's.
    """
    kinds = [f"--resource-type={kind}" for kind in ("model", "snapshot", "seed")]
    _dbt(path, ("build", *kinds, "--select", *select.split()), variables)


def run_dbt_tests(path: Path, select: str, **variables: object) -> None:
    """Run the selected data tests on this warehouse.

    Raises:
        AssertionError: a test failed, or was not found; the message holds dbt's.
    """
    output = _dbt(path, ("test", "--select", *select.split()), variables)
    assert f"TOTAL={len(select.split())}" in output, output


def _dbt(path: Path, command: tuple[str, ...], variables: Mapping[str, object]) -> str:
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", *command),
            *("--project-dir", str(DBT_DIR), "--profiles-dir", str(DBT_DIR)),
            *(
                "--target-path",
                str(path.parent / "target"),
                "--log-path",
                str(path.parent / "logs"),
            ),
            *("--vars", json.dumps(variables), "--no-use-colors"),
        ],
        env=os.environ | {"VORONKA_WAREHOUSE": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query on the warehouse."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()
