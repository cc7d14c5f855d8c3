"""XLSX and Parquet: cells become the text a person would type, dates in ISO form."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import chain, islice
from math import isfinite
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
from duckdb import DuckDBPyConnection
from openpyxl.utils.exceptions import InvalidFileException

from dagster_project.sources.files.errors import FileError
from dagster_project.sources.files.mapping import FileSpec
from dagster_project.sources.files.text_tables import (
    Part,
    RejectedLine,
    offset_lines,
    unique_names,
)
from dagster_project.warehouse.connections import name, text

_BATCH = 10_000
_EXACT_DIGITS = 15
_LOST_DIGITS = (
    f"holds a number of more than {_EXACT_DIGITS} digits, of which Excel lost the last ones; "
    "format ids as text before exporting"
)


def read_xlsx(
    connection: DuckDBPyConnection, table: str, path: Path, label: str, spec: FileSpec, limit: int
) -> Part:
    """Read one sheet (the first, or `sheet`) as it shows: formulas are their last result.

    Raises:
        FileError: no workbook, no such sheet, no header, or it unpacks to more than `limit` bytes.
    """
    _refuse_a_bomb(path, label, limit)
    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise FileError(f"{label}: is no XLSX workbook: {error}") from error
    try:
        if spec.sheet and spec.sheet not in workbook.sheetnames:
            raise FileError(
                f"{label}: has no sheet {spec.sheet!r}; it has: {', '.join(workbook.sheetnames)}"
            )
        sheet = workbook[spec.sheet] if spec.sheet else workbook.worksheets[0]
        sheet.reset_dimensions()  # what some exporters write there is wrong
        rows = islice(sheet.iter_rows(values_only=True), spec.skip_rows, None)
        columns, first = _header(rows, label, spec)
        first_line = spec.skip_rows + 1 + spec.header
        rejected = _insert(
            connection, table, columns, chain(first, rows), first_line, set(spec.null_values)
        )
    finally:
        workbook.close()
    return Part(label, table, columns, offset_lines(first_line), tuple(rejected))


def _header(
    rows: Iterator[tuple[Any, ...]], label: str, spec: FileSpec
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    row = next(rows, ())
    if spec.header:
        cells = [_as_text(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            raise FileError(
                f"{label}: row {spec.skip_rows + 1} should be the header and is empty; "
                "set `skip_rows` to the rows before it"
            )
        return unique_names(cells), []
    return unique_names(spec.columns or [None] * len(row) or [None]), [row] if row else []


def _insert(
    connection: DuckDBPyConnection,
    table: str,
    columns: tuple[str, ...],
    rows: Iterable[tuple[Any, ...]],
    first_line: int,
    nulls: set[str],
) -> list[RejectedLine]:
    """Insert the rows as text; a row with a number that lost digits is rejected and left empty."""
    definition = ", ".join(f"{name(column)} varchar" for column in columns)
    connection.execute(f"create table {name(table)} ({definition})")
    rejected: list[RejectedLine] = []

    def texts() -> Iterator[tuple[str | None, ...]]:
        for line, row in enumerate(rows, start=first_line):
            lost = next((cell for cell in row if _lost_digits(cell)), None)
            if lost is not None:
                rejected.append(RejectedLine(line, f"{lost:.0f}", _LOST_DIGITS))
                yield (None,) * len(columns)
            else:
                yield _texts(row, len(columns), nulls)

    schema = pa.schema([(column, pa.string()) for column in columns])
    remaining = texts()
    while batch := list(islice(remaining, _BATCH)):
        arrays = [pa.array(column, pa.string()) for column in zip(*batch, strict=True)]
        connection.register("_xlsx_batch", pa.Table.from_arrays(arrays, schema=schema))
        connection.execute(f"insert into {name(table)} select * from _xlsx_batch")
        connection.unregister("_xlsx_batch")
    return rejected


def _texts(row: tuple[Any, ...], width: int, nulls: set[str]) -> tuple[str | None, ...]:
    texts = [_as_text(cell) for cell in row[:width]]
    texts += [None] * (width - len(texts))
    return tuple(None if value in nulls else value for value in texts)


def _lost_digits(cell: Any) -> bool:
    """Excel writes a number of more than 15 digits as a float: its last ones are lost."""
    return isinstance(cell, float) and isfinite(cell) and abs(cell) >= 10**_EXACT_DIGITS


def _as_text(cell: Any) -> str | None:
    """A cell as a person would type it: 3 not 3.0, dates in ISO form."""
    match cell:
        case None | "":
            return None
        case bool():
            return "true" if cell else "false"
        case float():
            return f"{cell:.0f}" if cell.is_integer() else repr(cell)
        case datetime():
            return cell.isoformat(" ")
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)


def _refuse_a_bomb(path: Path, label: str, limit: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise FileError(f"{label}: is no XLSX workbook: {error}") from error
    if size > limit:
        raise FileError(f"{label}: unpacks to {size >> 20} MB: refused; raise `max_unpacked_mb`")


def read_parquet(
    connection: DuckDBPyConnection, table: str, path: Path, label: str, spec: FileSpec
) -> Part:
    """Read a Parquet file; "line" is the number of the row, from 1. Nested values become JSON text.

    Raises:
        FileError: it is no Parquet file.
    """
    origin = f"read_parquet({text(str(path))})"
    try:
        described = connection.execute(f"describe select * from {origin}").fetchall()
    except duckdb.Error as error:
        raise FileError(f"{label}: is no Parquet file: {str(error).splitlines()[0]}") from error
    names = unique_names([row[0] for row in described])
    nulls = ", ".join(text(value) for value in ("", *spec.null_values))
    selected = []
    for (original, kind, *_), as_name in zip(described, names, strict=True):
        nested = kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION"))
        value = f"cast({f'to_json({name(original)})' if nested else name(original)} as varchar)"
        selected.append(f"case when {value} not in ({nulls}) then {value} end as {name(as_name)}")
    connection.execute(f"create table {name(table)} as select {', '.join(selected)} from {origin}")
    return Part(label, table, names, offset_lines(1))
