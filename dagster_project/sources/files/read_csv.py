"""CSV and TSV: DuckDB's parallel reader, told everything, so that nothing is guessed from the data.

The header and the delimiter are read here, every column is text, and a line with a wrong number of
columns, a broken quote or bytes that are no text is rejected with its line number.
"""

from __future__ import annotations

import csv
import os
import tempfile
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from dagster_project.sources.files.errors import FileError
from dagster_project.sources.files.line_numbers import Broken, Layout, find_lines
from dagster_project.sources.files.mapping import FileSpec
from dagster_project.sources.files.text_tables import Part, RejectedLine, unique_names
from dagster_project.warehouse.connections import name, text

_DELIMITERS = ",;\t|"
_SHOWN = 1_000
"""Characters of a broken line that are kept for the quarantine."""

_REASONS = {
    "MISSING COLUMNS": "the line has fewer columns than the header",
    "TOO MANY COLUMNS": "the line has more columns than the header",
    "UNQUOTED VALUE": "a quote is opened and not closed, or text stands beside a quoted value",
    "INVALID ENCODING": "the line holds bytes that are no text in the file's encoding",
    "LINE SIZE OVER MAXIMUM": "the line is longer than 2 MB; is a quote not closed?",
}


def read_csv(
    connection: DuckDBPyConnection,
    table: str,
    path: Path,
    label: str,
    spec: FileSpec,
    scratch: Path,
) -> Part:
    """Read a UTF-8 file into `table`.

    Raises:
        FileError: the file is empty where a header is expected, or is no CSV at all.
    """
    whole_lines = spec.format == "lines"
    delimiter = "\x01" if whole_lines else (spec.delimiter or _delimiter(path, spec))
    quote = "" if whole_lines else spec.quote
    header = spec.header and not whole_lines
    names = ("line",) if whole_lines else _column_names(path, label, spec, delimiter)
    options = [
        "auto_detect = false",
        f"delim = {text(delimiter)}",
        f"quote = {text(quote)}",
        f"escape = {text(quote)}",
        f"header = {str(header).lower()}",
        f"skip = {spec.skip_rows}",
        f"nullstr = [{', '.join(text(value) for value in ('', *spec.null_values))}]",
        "columns = {" + ", ".join(f"{text(column)}: 'varchar'" for column in names) + "}",
        "store_rejects = true",
        f"rejects_table = {text(table + '_rejects')}",
        f"rejects_scan = {text(table + '_scans')}",
    ]
    try:
        _create(connection, table, path, options)
    except duckdb.InvalidInputException:
        # DuckDB refuses a file that mixes line ends, as exports put together by hand do.
        path = _with_plain_newlines(path, scratch)
        try:
            _create(connection, table, path, options)
        except duckdb.InvalidInputException as error:
            raise FileError(f"{label}: is no CSV file: {str(error).splitlines()[0]}") from error
    layout = Layout(path, quote, spec.skip_rows, header, blank_lines_count=len(names) == 1)
    broken, rejected = _refused(connection, table, layout)
    return Part(
        label, table, names, lambda records: find_lines(layout, broken, records)[0], rejected
    )


def _create(connection: DuckDBPyConnection, table: str, path: Path, options: list[str]) -> None:
    connection.execute(
        f"create table {name(table)} as "
        f"select * from read_csv({text(str(path))}, {', '.join(options)})"
    )


def _with_plain_newlines(path: Path, scratch: Path) -> Path:
    handle, target = tempfile.mkstemp(dir=scratch)
    with path.open("rb") as origin, os.fdopen(handle, "wb") as copy:
        for line in origin:
            copy.write(line[:-2] + b"\n" if line.endswith(b"\r\n") else line)
    return Path(target)


def _first_record(path: Path, spec: FileSpec, delimiter: str) -> list[str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        for _ in range(spec.skip_rows):
            file.readline()
        if spec.quote:
            rows = csv.reader(file, delimiter=delimiter, quotechar=spec.quote)
        else:
            rows = csv.reader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        return next(rows, [])


def _delimiter(path: Path, spec: FileSpec) -> str:
    counts = {mark: len(_first_record(path, spec, mark)) for mark in _DELIMITERS}
    return max(counts, key=lambda mark: counts[mark])


def _column_names(path: Path, label: str, spec: FileSpec, delimiter: str) -> tuple[str, ...]:
    first = _first_record(path, spec, delimiter)
    if spec.header:
        if not any(cell.strip() for cell in first):
            raise FileError(
                f"{label}: line {spec.skip_rows + 1} should be the header and is empty; set "
                "`skip_rows` to the lines before it, or `header: false` with `columns`"
            )
        return unique_names(first)
    if spec.columns and first and len(spec.columns) != len(first):
        raise FileError(
            f"{label}: has {len(first)} columns, the mapping names {len(spec.columns)} in `columns`"
        )
    return unique_names(spec.columns or [None] * len(first) or [None])


def _refused(
    connection: DuckDBPyConnection, table: str, layout: Layout
) -> tuple[list[Broken], tuple[RejectedLine, ...]]:
    """What DuckDB refused. A quote never closed swallows what follows: all those lines are lost."""
    rows = connection.execute(
        f"""
        with refused as (
            select line_byte_position as begins_at, error_type as kind,
                trim(csv_line, chr(10) || chr(13)) as shown
            from {name(table + "_rejects")}
            qualify row_number() over (partition by line_byte_position order by column_idx) = 1
        )
        select begins_at, kind, left(shown, {_SHOWN}),
            1 + length(shown) - length(replace(shown, chr(10), '')) as span
        from refused order by begins_at
        """
    ).fetchall()
    broken = [Broken(at, span) for at, _, _, span in rows]
    lines = find_lines(layout, broken, ())[1] if broken else {}
    return broken, tuple(
        RejectedLine(
            lines.get(at, 0),
            shown,
            _REASONS.get(kind, kind.lower()),
            span if kind == "UNQUOTED VALUE" else 1,
        )
        for at, kind, shown, span in rows
    )
