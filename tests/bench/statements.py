"""Run a file of SQL statements on a DuckDB file, with the settings of dbt/profiles.yml.

Usage: python -m tests.bench.statements DATABASE STATEMENTS.sql
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

if __name__ == "__main__":
    with duckdb.connect(sys.argv[1]) as connection:
        connection.execute("set preserve_insertion_order = false; set TimeZone = 'UTC'")
        connection.execute(Path(sys.argv[2]).read_text())
