"""Checks that every published table gets from its contract: columns, types, key, rows, `as_of`."""

from __future__ import annotations

from collections.abc import Iterator

from dagster_project.quality.checks import Check, Thresholds
from dagster_project.warehouse.connections import name, scratch, text
from dagster_project.warehouse.contract import PUBLICATIONS_TABLE, Contract, TableContract

TABLE_IS_THERE = "table_is_there"


def contract_checks(contract: Contract, thresholds: Thresholds) -> list[Check]:
    """The checks of all published tables but the list of publications, which is sealed later."""
    return [
        check
        for table, agreed in contract.items()
        if table != PUBLICATIONS_TABLE
        for check in _checks(table, agreed, thresholds)
    ]


def table_is_there(table: str) -> Check:
    """The one check Great Expectations is not asked: it cannot open a table that is missing."""
    return Check(table, TABLE_IS_THERE, "The table was built.")


def _checks(table: str, agreed: TableContract, thresholds: Thresholds) -> Iterator[Check]:
    yield table_is_there(table)
    yield Check(
        table,
        "columns_are_as_agreed",
        "The table has exactly the columns that reports rely on, in their order.",
        expect="ExpectTableColumnsToMatchOrderedList",
        arguments={"column_list": list(agreed.columns)},
    )
    yield Check(
        table,
        "types_are_as_agreed",
        "Every column holds the kind of value that reports rely on.",
        query=_wrong_types(agreed),
    )
    fewest, most = thresholds.row_count(table)
    yield Check(
        table,
        "has_enough_rows",
        f"The table has at least {fewest} rows" + (f" and at most {most}." if most else "."),
        expect="ExpectTableRowCountToBeBetween",
        arguments={"min_value": fewest, "max_value": most},
    )
    # Great Expectations' own compound key check overlooks duplicates with a null in the key.
    key = ", ".join(name(column) for column in agreed.primary_key)
    yield Check(
        table,
        "key_is_unique",
        f"Each combination of {', '.join(agreed.primary_key)} stands in the table once.",
        query=f"select {key}, count(*) as times from {{batch}}"
        f" group by {key} having count(*) > 1 order by {key}",
    )
    if "as_of" in agreed.columns:
        yield from _as_of_checks(table)


def _as_of_checks(table: str) -> Iterator[Check]:
    yield Check(
        table,
        "as_of_is_there",
        "Every row says when its data is complete to.",
        expect="ExpectColumnValuesToNotBeNull",
        arguments={"column": "as_of"},
    )
    yield Check(
        table,
        "as_of_is_the_same_everywhere",
        "All tables are complete to the same moment, the one the sources are complete to.",
        query="with complete as (select min(as_of) as to_moment from warehouse.core.dim_sources)"
        " select as_of, to_moment as complete_to, count(*) as row_count"
        " from {batch} cross join complete"
        " where as_of is distinct from to_moment group by as_of, to_moment",
    )


def _wrong_types(agreed: TableContract) -> str:
    agreed_types = ", ".join(
        f"({text(column)}, {text(kind)})" for column, kind in _spelled_by_duckdb(agreed).items()
    )
    return (
        f"with agreed(column_name, agreed_type) as (values {agreed_types}), found as ("
        "select column_name, column_type as found_type from (describe select * from {batch}))"
        " select column_name, agreed_type, found_type"
        " from agreed join found using (column_name) where agreed_type <> found_type"
    )


def _spelled_by_duckdb(agreed: TableContract) -> dict[str, str]:
    """The agreed types as DuckDB writes them: `numeric(18, 2)` becomes `DECIMAL(18,2)`."""
    columns = [(column, kind) for column, kind in agreed.columns.items() if kind]
    with scratch(external_access=False) as connection:
        casts = ", ".join(f"typeof(cast(null as {kind}))" for _, kind in columns)
        spelled = connection.execute(f"select {casts}").fetchone() if columns else ()
    return {column: kind for (column, _), kind in zip(columns, spelled or (), strict=True)}
