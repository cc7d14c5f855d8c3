"""Mine frequent sets of products with one library, in a Python that has it, outside the project.

Usage: python miners.py LIBRARY LINES.parquet MIN_ORDERS MAX_SIZE

From the same Parquet file as the pipeline's engine to the same answer: prints how many sets of 2 to
MAX_SIZE products there are and a checksum of the sets and their counts. Each library gets its
baskets in the form it likes best; products that are too rare are dropped first where the library
would otherwise spend memory on them.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

SOLD = "is_sold and product_id is not null"


def baskets(lines: Path, min_orders: int) -> list[list[str]]:
    """The distinct products of each order, those in too few lines left out."""
    import duckdb

    rows = duckdb.execute(
        f"with lines as (select order_id, product_id from '{lines}' where {SOLD}),"
        " often as (select product_id from lines group by all having count(*) >= ?)"
        " select list(distinct product_id) as basket from lines semi join often using (product_id)"
        " group by order_id",
        [min_orders],
    ).to_arrow_table()
    return rows["basket"].to_pylist()


def all_orders(lines: Path) -> int:
    """How many orders there are, also those of rare products."""
    import duckdb

    [count] = duckdb.execute(
        f"select count(distinct order_id) from '{lines}' where {SOLD}"
    ).fetchone()
    return count


def pyfim(lines: Path, min_orders: int, max_size: int) -> Iterable[tuple[Iterable[str], int]]:
    import fim

    found = fim.fpgrowth(
        baskets(lines, min_orders), target="s", supp=-min_orders, zmin=2, zmax=max_size, report="a"
    )
    return ((products, count) for products, count in found)


def pyfim_eclat(lines: Path, min_orders: int, max_size: int) -> Iterable[tuple[Iterable[str], int]]:
    import fim

    found = fim.eclat(
        baskets(lines, min_orders), target="s", supp=-min_orders, zmin=2, zmax=max_size, report="a"
    )
    return ((products, count) for products, count in found)


def mlxtend(lines: Path, min_orders: int, max_size: int) -> Iterable[tuple[Iterable[str], int]]:
    import numpy as np
    import pandas as pd
    from mlxtend.frequent_patterns import fpgrowth
    from scipy.sparse import csr_matrix

    rows = baskets(lines, min_orders)
    products = sorted({product for basket in rows for product in basket})
    place = {product: number for number, product in enumerate(products)}
    columns = np.fromiter((place[p] for basket in rows for p in basket), dtype=np.int32)
    starts = np.cumsum([0, *map(len, rows)])
    matrix = csr_matrix(
        (np.ones(len(columns), dtype=bool), columns, starts), shape=(len(rows), len(products))
    )
    total = len(rows)
    del rows
    found = fpgrowth(
        pd.DataFrame.sparse.from_spmatrix(matrix, columns=products),
        min_support=(min_orders - 0.5) / total,
        use_colnames=True,
        max_len=max_size,
    )
    return (
        (products, round(support * total))
        for support, products in zip(found["support"], found["itemsets"], strict=True)
        if len(products) > 1
    )


def efficient_apriori(
    lines: Path, min_orders: int, max_size: int
) -> Iterable[tuple[Iterable[str], int]]:
    from efficient_apriori import itemsets_from_transactions

    rows = [tuple(basket) for basket in baskets(lines, min_orders)]
    found, _ = itemsets_from_transactions(
        rows, min_support=(min_orders - 0.5) / len(rows), max_length=max_size
    )
    return (
        (products, count)
        for size, sets in found.items()
        if size > 1
        for products, count in sets.items()
    )


def polars(lines: Path, min_orders: int, max_size: int) -> Iterable[tuple[Iterable[str], int]]:
    """Integer codes, rare products dropped, one self join: for pairs only."""
    import polars as pl

    if max_size != 2:
        raise SystemExit("pairs only")
    order_lines = (
        pl.scan_parquet(lines)
        .filter(pl.col("is_sold") & pl.col("product_id").is_not_null())
        .select("order_id", "product_id")
    )
    products = (
        order_lines.group_by("product_id")
        .len()
        .filter(pl.col("len") >= min_orders)
        .select("product_id")
        .with_row_index("item")
        .collect(engine="streaming")
    )
    orders = order_lines.select("order_id").unique().with_row_index("basket")
    items = (
        order_lines.join(products.lazy(), on="product_id")
        .join(orders, on="order_id")
        .select("basket", "item")
        .unique()
        .collect(engine="streaming")
        .lazy()
    )
    pairs = (
        items.join(items, on="basket", suffix="_2")
        .filter(pl.col("item") < pl.col("item_2"))
        .group_by("item", "item_2")
        .len()
        .filter(pl.col("len") >= min_orders)
        .collect(engine="streaming")
    )
    names = products["product_id"].to_list()
    return (((names[one], names[two]), count) for one, two, count in pairs.iter_rows())


def plain_sql(lines: Path, min_orders: int, max_size: int) -> Iterable[tuple[Iterable[str], int]]:
    """DuckDB as one would write it first: a self join on the text ids, for pairs only."""
    import duckdb

    if max_size != 2:
        raise SystemExit("pairs only")
    found = duckdb.execute(
        f"with lines as (select distinct order_id, product_id from '{lines}' where {SOLD})"
        " select l.product_id, r.product_id, count(*) from lines as l"
        " inner join lines as r on l.order_id = r.order_id and l.product_id < r.product_id"
        " group by all having count(*) >= ?",
        [min_orders],
    ).fetchall()
    return (((one, two), count) for one, two, count in found)


LIBRARIES = {
    "pyfim fpgrowth": pyfim,
    "pyfim eclat": pyfim_eclat,
    "mlxtend fpgrowth": mlxtend,
    "efficient-apriori": efficient_apriori,
    "polars": polars,
    "DuckDB, plain text join": plain_sql,
}


def describe(sets: Iterable[tuple[Iterable[str], int]]) -> str:
    """How many sets there are, and a checksum that does not depend on their order."""
    texts = sorted(f"{'|'.join(sorted(products))} {count}" for products, count in sets)
    checksum = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    return f"{len(texts)} {checksum[:16]}"


if __name__ == "__main__":
    library, lines, min_orders, max_size = sys.argv[1:]
    print(describe(LIBRARIES[library](Path(lines), int(min_orders), int(max_size))))
