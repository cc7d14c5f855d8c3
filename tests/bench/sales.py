"""Time the models of `products` and `regions` beside plain SQL for the same figures.

Usage: python -m tests.bench.sales [--lines 10000000] [--runs 3]

Both read the same core tables in a DuckDB file and write tables into it, each run in a process of
its own; dbt has compiled the models before. The plain SQL (plain_*.sql) is what a hand would write
for the main columns, without rows for quarters in which nothing happened. All-time sums must agree,
or the bench fails.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

import duckdb

from tests.bench.baskets.compiled import DATABASE, compile_models
from tests.bench.baskets.limits import Run, run_limited
from tests.bench.baskets.order_lines import write_order_lines

MODELS = {
    "products": ("product_periods", "product_variation", "products"),
    "regions": ("place_periods", "regions"),
}
SUMS = {
    "products": "sum(revenue), sum(orders), sum(customers), sum(returned_revenue)",
    "regions": "sum(revenue), sum(orders), sum(customers), sum(new_customers)",
}
CORE = """
    create schema core; create schema intermediate; create schema marts; create schema plain;
    create table core.fct_order_lines as from '{lines}';
    create table core.fct_deals (
        source varchar, deal_id varchar, customer_id varchar, outcome varchar,
        amount decimal(18, 2), created_at timestamp, closed_at timestamp, created_on date,
        closed_quarter date, country varchar, region varchar, city varchar
    );
    create table core.dim_sources as
        select 'shop' as source, true as has_lines, complete_to, complete_to as as_of
        from (select timestamp '2026-01-01' as complete_to);
    create table core.dim_products as
        select
            source, product_id, product_id as product_name,
            concat('Category ', hash(product_id) % 12) as category
        from core.fct_order_lines group by all;
    create table core.dim_regions as
        select country, region, cast(1000000 as bigint) as population
        from core.fct_order_lines group by all;
"""


def statements(folder: Path, topic: str) -> list[Path]:
    """One file for the models of a topic, one for its plain SQL."""
    models = folder / f"{topic}_models.sql"
    models.write_text(
        "\n".join(
            f"create or replace table {'marts' if model == topic else 'intermediate'}.{model} as"
            f" {(folder / f'{model}.sql').read_text()};"
            for model in MODELS[topic]
        )
    )
    return [models, Path(__file__).with_name(f"plain_{topic}.sql")]


def check(database: Path, topic: str) -> None:
    """Compare the all-time sums of both tables.

    Raises:
        SystemExit: they differ.
    """
    level = "and level = 'region'" if topic == "regions" else ""
    with duckdb.connect(str(database), read_only=True) as connection:
        ours, plain = (
            connection.execute(
                f"select {SUMS[topic]} from {schema}.{topic} where quarter is null {level}"
            ).fetchone()
            for schema in ("marts", "plain")
        )
    if ours != plain:
        raise SystemExit(f"{topic}: {ours} is not {plain}")


def bench(lines: int, runs: int, folder: Path) -> None:
    """Measure both topics and print a table in Markdown."""
    database = folder / f"{DATABASE}.duckdb"
    compile_models(folder, " ".join(model for topic in MODELS.values() for model in topic), {})
    write_order_lines(folder / "lines.parquet", lines)
    with duckdb.connect(str(database)) as connection:
        connection.execute(CORE.format(lines=folder / "lines.parquet"))
    print(f"{lines:,} order lines\n\n| | wall s | CPU s | peak MiB |\n|---|---|---|---|")
    for topic in MODELS:
        costs: dict[Path, list[Run]] = {file: [] for file in statements(folder, topic)}
        for _ in range(runs):
            for file, measured in costs.items():
                command = [sys.executable, "-m", "tests.bench.statements", str(database), str(file)]
                measured.append(run_limited(command, folder / "output", 1800, 16))
                if measured[-1].ending:
                    raise SystemExit((folder / "output").read_text())
        for file, measured in costs.items():
            what = "models" if file.parent == folder else "plain SQL"
            wall, cpu = (
                statistics.median(getattr(run, kind) for run in measured)
                for kind in ("wall", "cpu")
            )
            peak = max(run.peak for run in measured)
            print(f"| `{topic}`, {what} | {wall:.1f} | {cpu:.1f} | {peak:,.0f} |")
        check(database, topic)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="voronka-sales-") as folder:
        bench(arguments.lines, arguments.runs, Path(folder))


if __name__ == "__main__":
    main()
