"""Mine frequent sets with the pipeline's own SQL: its basket models, compiled by dbt beforehand.

Usage: python engine.py SQL_FOLDER LINES.parquet MAX_SIZE

For pairs alone the models are the same and only the last select of `itemsets` is replaced by one on
the frequent pairs it found; else all of `itemsets` is built: revenue, halves, closed and maximal.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import duckdb
from miners import describe

MODELS = ("basket_orders", "basket_sources", "basket_items", "basket_lines", "itemsets")
DATABASE = "warehouse"


def main(sql_folder: Path, lines: Path, max_size: int) -> str:
    """Build the models from the Parquet file in a database of its own; describe what was found."""
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(f"{folder}/{DATABASE}.duckdb")
        # as dbt/profiles.yml has it
        connection.execute("set preserve_insertion_order = false")
        connection.execute("create schema core; create schema intermediate")
        connection.execute(f"create view core.fct_order_lines as from '{lines}'")
        for model in MODELS:
            query = (sql_folder / f"{model}.sql").read_text()
            if model == "itemsets" and max_size == 2:
                query = pairs_only(query)
            connection.execute(f"create table intermediate.{model} as {query}")
        return describe(_sets(connection, max_size))


def pairs_only(itemsets: str) -> str:
    """The query on `itemsets` that stops at the frequent pairs."""
    found, final, _ = itemsets.partition("\nfinal as (")
    assert final, "itemsets has no CTE named final"
    return f"{found}{final} select 2 as set_size, item_1, item_2, orders from sets_2) from final"


def _sets(
    connection: duckdb.DuckDBPyConnection, max_size: int
) -> Iterable[tuple[Iterable[str], int]]:
    columns = ", ".join(f"item_{n}" for n in range(1, max_size + 1))
    names = dict(
        connection.execute("select item_id, product_id from intermediate.basket_items").fetchall()
    )
    rows = connection.execute(
        f"select orders, {columns} from intermediate.itemsets where set_size between 2 and ?",
        [max_size],
    ).fetchall()
    return (
        ([names[item] for item in items if item is not None], orders) for orders, *items in rows
    )


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
