"""Parquet and CSV copies of the published tables, for those who read no DuckDB.

CSV is RFC 4180: UTF-8 without a byte order mark, commas, CRLF, a header; null is an empty field and
an empty text is `""`. Text that a spreadsheet would run as a formula gets a leading apostrophe
(OWASP: CSV injection); Parquet holds every value as it is.
"""

from __future__ import annotations

from pathlib import Path

from duckdb import DuckDBPyConnection

from dagster_project.warehouse.connections import name, text

_FORMULA_START = "[=+\\-@\\t\\r\\n＝＋－＠]"


def export_tables(connection: DuckDBPyConnection, tables: list[str], folder: Path) -> None:
    """Write each of `tables` of the connection's database to `parquet/<table>.parquet` and `csv/`.

    Rows keep the order they have in the database file.
    """
    for format_name in ("parquet", "csv"):
        (folder / format_name).mkdir(exist_ok=True)
    for table in tables:
        connection.execute(
            f"copy {name(table)} to {text(str(folder / 'parquet' / f'{table}.parquet'))}"
            " (format parquet, compression zstd)"
        )
        rows = f"select {_guarded_columns(connection, table)} from {name(table)}"
        connection.execute(
            f"copy ({rows}) to {text(str(folder / 'csv' / f'{table}.csv'))}"
            " (format csv, header, new_line '\\r\\n')"
        )


def _guarded_columns(connection: DuckDBPyConnection, table: str) -> str:
    columns = connection.execute(f"describe {name(table)}").fetchall()
    return ", ".join(
        _guarded(column[0]) if column[1] == "VARCHAR" else name(column[0]) for column in columns
    )


def _guarded(column: str) -> str:
    cell = name(column)
    return (
        f"case when regexp_matches({cell}, {text('^' + _FORMULA_START)}) then '''' || {cell}"
        f" else {cell} end as {cell}"
    )
