"""The database a mapping is worked out in: each file a table of text, shut off after.

It lives in a temporary folder that goes with it, so files larger than memory are no trouble.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from duckdb import DuckDBPyConnection

from dagster_project.sources.files.encodings import as_utf8, likely_encoding
from dagster_project.sources.files.errors import FileError
from dagster_project.sources.files.helpers import create_helpers
from dagster_project.sources.files.locate import LocalFile, local_files
from dagster_project.sources.files.mapping import FileSpec, Format, Mapping
from dagster_project.sources.files.read_csv import read_csv
from dagster_project.sources.files.read_json import read_json, read_jsonl
from dagster_project.sources.files.read_tables import read_parquet, read_xlsx
from dagster_project.sources.files.text_tables import Part, row_count
from dagster_project.warehouse.connections import attach, harden, name, scratch, text

MEMORY_LIMIT = "2GB"
"""What DuckDB may hold before it spills; the rest of the run needs memory too."""

_PART_BITS = 40
_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".parquet": "parquet",
    ".pq": "parquet",
}


@dataclass
class Workspace:
    """An open database with a mapping's files in it: a view for each, of the same name.

    Each view has the file's columns plus `_file`, `_record` (its number in that file, from 1) and
    `_row`, unique over all files, which `part_and_record` turns into the file and the record.
    """

    mapping: Mapping
    connection: DuckDBPyConnection
    folder: Path
    parts: list[Part] = field(default_factory=list)
    parts_of: dict[str, list[int]] = field(default_factory=dict)
    """Which parts (by number) each entry of `files:` is made of."""
    tables_of: dict[str, list[str]] = field(default_factory=dict)
    """Which files and queries each query reads."""

    def part_and_record(self, row: int) -> tuple[int, int]:
        """Which part a `_row` is in, and which record of it (from 0)."""
        return row >> _PART_BITS, row & ((1 << _PART_BITS) - 1)


@contextmanager
def workspace(mapping: Mapping) -> Iterator[Workspace]:
    """Read every file of the mapping and shut the outside off.

    Raises:
        FileError: a file is missing or is not what the mapping says; the message names it.
    """
    with tempfile.TemporaryDirectory(prefix="voronka_files_") as temporary, scratch() as connection:
        folder = Path(temporary)
        attach(connection, folder / "work.duckdb", "work", read_only=False)
        connection.execute("use work")
        connection.execute(f"set temp_directory = {text(str(folder / 'spill'))}")
        connection.execute(f"set memory_limit = {text(MEMORY_LIMIT)}")
        connection.execute(f"set TimeZone = {text(mapping.time_zone)}")
        # DuckDB moves what two columns share out of their `try`, where its errors are not caught.
        connection.execute("set disabled_optimizers = 'common_subexpressions'")
        space = Workspace(mapping, connection, folder)
        for file_name, spec in mapping.files.items():
            _read_all(space, file_name, spec)
        harden(connection)
        create_helpers(connection, mapping.values, mapping.decimal_mark)
        yield space


def _read_all(space: Workspace, file_name: str, spec: FileSpec) -> None:
    numbers = []
    for file in local_files(space.mapping, spec, space.folder):
        number = len(space.parts)
        part = _read(space, f"_part_{number}", file, spec)
        _refuse_wrong_encoding(space, part, file, spec)
        space.parts.append(part)
        numbers.append(number)
    space.parts_of[file_name] = numbers
    space.connection.execute(_view_over_parts(space, file_name, numbers))


def _read(space: Workspace, table: str, file: LocalFile, spec: FileSpec) -> Part:
    connection, folder, label = space.connection, space.folder, file.label
    chosen = spec.format or _FORMATS.get(file.suffix)
    if chosen is None:
        raise FileError(
            f"{label}: the name does not tell its `format`: set it to one of "
            "csv, lines, json, jsonl, xlsx, parquet"
        )
    if chosen == "xlsx":
        limit = space.mapping.max_unpacked_mb << 20
        return read_xlsx(connection, table, file.path, label, spec, limit)
    if chosen == "parquet":
        return read_parquet(connection, table, file.path, label, spec)
    path = as_utf8(file.path, label, spec.encoding, folder)
    if chosen == "json":
        return read_json(connection, table, path, label, spec)
    if chosen == "jsonl":
        return read_jsonl(connection, table, path, label, spec, folder)
    return read_csv(connection, table, path, label, spec, folder)


def _refuse_wrong_encoding(space: Workspace, part: Part, file: LocalFile, spec: FileSpec) -> None:
    """Many lines that are no UTF-8 are not bad lines but a wrong encoding: say which it may be."""
    broken = sum("encoding" in reject.reason for reject in part.rejected)
    rows = row_count(space.connection, part.table)
    if broken > space.mapping.max_rejected_share * (rows + broken) and spec.encoding is None:
        guess = likely_encoding(file.path)
        raise FileError(
            f"{part.label}: {broken} of {rows + broken} lines are not UTF-8; set `encoding`"
            + (f", it looks like {guess}" if guess else "")
        )


def _view_over_parts(space: Workspace, file_name: str, numbers: list[int]) -> str:
    """Rows without any value (blank lines, the empty tail of a sheet) are no rows."""
    selects = []
    for number in numbers:
        part = space.parts[number]
        columns = ", ".join(name(column) for column in part.columns)
        selects.append(
            f"select {columns}, {text(part.label)} as _file, "
            f"rowid + 1 as _record, ({number}::bigint << {_PART_BITS}) + rowid as _row "
            f"from {name(part.table)} where coalesce({columns}) is not null"
        )
    return f"create view {name(file_name)} as " + " union all by name ".join(selects)
