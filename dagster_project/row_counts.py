"""How many rows each table of the warehouse holds, for the metadata of assets."""

from __future__ import annotations

from dagster_project.settings import Settings
from dagster_project.warehouse.connections import name, reader


def row_counts(settings: Settings, schema: str | None = None) -> dict[tuple[str, str], int]:
    """Rows by (schema, table), of one schema or of all. DuckDB counts without reading the rows."""
    with reader(settings.warehouse_path) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where not internal and schema_name = coalesce(?, schema_name)",
            [schema],
        ).fetchall()
        counts = {}
        for of_schema, table in tables:
            query = f"select count(*) from {name(of_schema)}.{name(table)}"
            row = connection.execute(query).fetchone()
            counts[of_schema, table] = row[0] if row else 0
    return counts
