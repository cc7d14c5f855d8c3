"""Run `bare.sql` over a warehouse that holds the demo CRM's raw tables.

Usage: python -m tests.bench.bare WAREHOUSE OUTPUT
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from dagster_project.settings import DBT_DIR

SCRIPT = Path(__file__).with_name("bare.sql")


def main(warehouse: Path, output: Path) -> None:
    output.unlink(missing_ok=True)
    with duckdb.connect(str(output)) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        connection.execute(
            "create temp view seed_rates as"
            f" select * from read_csv('{DBT_DIR / 'seeds' / 'currency_rates.csv'}')"
        )
        connection.execute(SCRIPT.read_text())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
