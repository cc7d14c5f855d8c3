"""JSON: a list of objects, a list somewhere inside a document, or an object a line.

Top-level keys become columns of text; what is nested stays JSON text, for `->>` and `json_extract`.
Numbers keep their digits.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from dagster_project.sources.files.errors import FileError
from dagster_project.sources.files.mapping import FileSpec
from dagster_project.sources.files.read_csv import read_csv
from dagster_project.sources.files.text_tables import (
    Part,
    RejectedLine,
    offset_lines,
    unique_names,
)
from dagster_project.warehouse.connections import name, text

_LARGEST_RECORD = 64 * 1024 * 1024


def read_json(
    connection: DuckDBPyConnection, table: str, path: Path, label: str, spec: FileSpec
) -> Part:
    """Read a JSON document; "line" is the number of the record in its list, from 1.

    Raises:
        FileError: it is no JSON, or not a list of objects where the mapping says.
    """
    objects = name(table + "_objects")
    origin = _inside(path, spec.records) if spec.records else _top_level(path)
    try:
        connection.execute(f"create table {objects} as select json from {origin}")
        found = connection.execute(
            f"select count(*) filter (json_type(json) <> 'OBJECT') from {objects}"
        ).fetchone()
    except duckdb.Error as error:
        raise FileError(
            f"{label}: is no list of JSON objects ({str(error).splitlines()[0]}); for a list "
            "inside a document set `records`, for an object a line `format: jsonl`"
        ) from error
    if found is None or found[0]:
        raise FileError(f"{label}: the list holds {found and found[0]} values that are no objects")
    columns = _spread(connection, table, objects, "json", spec)
    connection.execute(f"drop table {objects}")
    return Part(label, table, columns, offset_lines(1))


def _top_level(path: Path) -> str:
    return (
        f"read_json_objects({text(str(path))}, format = 'array', "
        f"maximum_object_size = {_LARGEST_RECORD})"
    )


def _inside(path: Path, records: str) -> str:
    """The list at `result.items`; anything but a list there is an error."""
    place = text("$" + "".join(f'."{step}"' for step in records.split(".")))
    listed = f"json_extract(cast(content as json), {place})"
    missing = text(f"there is no list at `{records}`")
    return (
        f"(select unnest(case when json_type({listed}) = 'ARRAY' "
        f"then from_json({listed}, '[\"json\"]') else error({missing}) end) as json "
        f"from read_text({text(str(path))}))"
    )


def read_jsonl(
    connection: DuckDBPyConnection,
    table: str,
    path: Path,
    label: str,
    spec: FileSpec,
    scratch: Path,
) -> Part:
    """Read an object a line; a line that is no object is rejected alone."""
    lines_table = table + "_lines"
    part = read_csv(
        connection, lines_table, path, label, FileSpec(path=spec.path, format="lines"), scratch
    )
    objects = name(table + "_objects")
    connection.execute(
        f"""create table {objects} as
            select case when json_valid(line) and json_type(line) = 'OBJECT' then line end as json
            from {name(lines_table)}"""
    )
    broken = connection.execute(
        f"""select l.rowid, left(l.line, 1000) from {name(lines_table)} as l
            join {objects} as o on o.rowid = l.rowid
            where o.json is null and trim(l.line) <> '' order by 1"""
    ).fetchall()
    at = part.lines([record for record, _ in broken]) if broken else {}
    columns = _spread(connection, table, objects, "json", spec)
    connection.execute(f"drop table {objects}")
    connection.execute(f"drop table {name(lines_table)}")
    rejected = tuple(
        RejectedLine(at[record], shown, "the line is no JSON object") for record, shown in broken
    )
    return Part(label, table, columns, part.lines, (*part.rejected, *rejected))


def _spread(
    connection: DuckDBPyConnection, table: str, objects: str, column: str, spec: FileSpec
) -> tuple[str, ...]:
    """One text column per key that any record has, in the order of their names."""
    keys = [
        key
        for (key,) in connection.execute(
            f"select distinct unnest(json_keys({column})) from {objects} order by 1"
        ).fetchall()
    ]
    names = unique_names(keys)
    nulls = ", ".join(text(value) for value in ("", *spec.null_values))
    selected = [
        f"case when {value} not in ({nulls}) then {value} end as {name(as_name)}"
        for key, as_name in zip(keys, names, strict=True)
        for value in (f"json_extract_string({column}, {text(_path_to(key))})",)
    ]
    spread = ", ".join(selected) or "cast(null as varchar) as column_1"
    connection.execute(f"create table {name(table)} as select {spread} from {objects}")
    return names or ("column_1",)


def _path_to(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'$."{escaped}"'
