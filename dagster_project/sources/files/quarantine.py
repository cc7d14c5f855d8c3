"""Table `_quarantine`: every rejected value and line, with the file and line it stands on.

A row of a query that does not pass `_row` on has no file and line; neither have rows written out in
the mapping.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from dagster_project.sources.files.issues import driving_parts
from dagster_project.sources.files.workspace import Workspace
from dagster_project.warehouse.connections import name

COLUMNS = {
    "source": "varchar",
    "entity": "varchar",
    "file": "varchar",
    "line": "bigint",
    "column_name": "varchar",
    "value": "varchar",
    "reason": "varchar",
    "quarantined_row": "varchar",
}
TABLE = "_quarantine"

Rejected = tuple[str | None, str | None, int | None, str | None, str | None, str, str | None]


def create_quarantine(space: Workspace, entities: Iterable[str]) -> None:
    """Trace what was rejected to its lines; a broken line stands under each entity of its file."""
    definition = ", ".join(f"{column} {kind}" for column, kind in COLUMNS.items())
    space.connection.execute(f"create table {TABLE} ({definition})")
    rows = [*_broken_lines(space, entities), *_rejected_rows(space)]
    if rows:
        source = space.mapping.source
        records = [dict(zip(COLUMNS, (source, *row), strict=True)) for row in rows]
        structure = json.dumps([COLUMNS])
        space.connection.execute(
            f"insert into {TABLE} select unnest(from_json(?, ?), recursive := true)",
            [json.dumps(records, ensure_ascii=False), structure],
        )


def _broken_lines(space: Workspace, entities: Iterable[str]) -> list[Rejected]:
    entities_of: dict[int, list[str | None]] = {}
    for entity in entities:
        for number in driving_parts(space, entity):
            entities_of.setdefault(number, []).append(entity)
    return [
        (entity, part.label, reject.line, None, reject.text, reject.reason, None)
        for number, part in enumerate(space.parts)
        for entity in entities_of.get(number, [None])
        for reject in part.rejected
    ]


def _rejected_rows(space: Workspace) -> list[Rejected]:
    issues = space.connection.execute(
        "select entity, _row, column_name, value, reason from _issues where reason is not null "
        "order by entity, _row nulls first, rid, column_name"
    ).fetchall()
    originals = _originals(space, {row for _, row, *_ in issues if row is not None})
    result: list[Rejected] = []
    for entity, row, column, value, reason in issues:
        file, line, original = originals.get(row, (None, None, None))
        result.append((entity, file, line, column, value, reason, original))
    return result


def _originals(space: Workspace, rows: set[int]) -> dict[int, tuple[str, int, str]]:
    """File, line and the file's whole row as JSON, of each `_row`."""
    by_part: dict[int, dict[int, int]] = {}
    for row in rows:
        number, record = space.part_and_record(row)
        by_part.setdefault(number, {})[record] = row
    found: dict[int, tuple[str, int, str]] = {}
    for number, members in by_part.items():
        part = space.parts[number]
        lines = part.lines(members)
        columns = ", ".join(f"{name(one)} := {name(one)}" for one in part.columns)
        texts = space.connection.execute(
            f"select rowid, to_json(struct_pack({columns})) from {name(part.table)} "
            "where rowid in (select unnest(cast(? as bigint[])))",
            [list(members)],
        ).fetchall()
        for record, original in texts:
            found[members[record]] = (part.label, lines[record], original)
    return found
