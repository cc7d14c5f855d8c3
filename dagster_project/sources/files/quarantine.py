"""Which rows are rejected and why: file, line, column, value, reason.

A row is rejected when a value cannot be read, a required one is missing, an enumeration has another
value than it may, its stage is in no list, or its key is taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from dagster_project.sources.canonical import ENTITIES
from dagster_project.sources.files.entities import Built
from dagster_project.sources.files.workspace import Workspace
from dagster_project.warehouse.connections import name, text

ALLOWED = {
    ("deals", "outcome"): ("open", "won", "lost"),
    ("stages", "kind"): ("open", "won", "lost"),
    ("stages", "role"): ("lead", "interested", "proposal", "contract", "payment", "delivery"),
    ("customers", "kind"): ("company", "person"),
    ("documents", "kind"): ("proposal", "contract", "invoice", "payment"),
    ("deletions", "entity"): tuple(
        entity for entity in ENTITIES if entity != "source_capabilities"
    ),
}
NULLABLE_KEYS = ("marketing_spend",)
"""Entities whose key columns may be blank: spend without a campaign is spend of no campaign."""

SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("entity", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("column_name", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("quarantined_row", pa.string()),
    ]
)


@dataclass(frozen=True)
class Tally:
    """How an entity fared: rows the files have for it, rows (and lost lines) rejected."""

    read: int
    rejected: int

    @property
    def share(self) -> float:
        return self.rejected / self.read if self.read else 0.0


def create_issues(space: Workspace) -> None:
    space.connection.execute(
        "create table _issues (entity varchar, rid bigint, _row bigint, column_name varchar, "
        "value varchar, reason varchar)"
    )


def find_issues(space: Workspace, built: Built, has_stages: bool) -> None:
    """Note what is wrong with the rows of one built entity, and make `_good_<entity>` of the rest."""
    entity = ENTITIES[built.entity]
    for column, reasons in built.reasons.items():
        cases = " ".join(f"when {block} then {text(why)}" for block, why in reasons.items())
        _note(space, built, column, name(f"_bad_{column}"), f"case _block {cases} end",
              f"{name(f'_bad_{column}')} is not null")  # fmt: skip
    keys = () if built.entity in NULLABLE_KEYS else entity.key
    for column in (*keys, *entity.required):
        readable = f"{name(f'_bad_{column}')} is null" if column in built.reasons else "true"
        _note(space, built, column, "null", text("is missing, every row needs it"),
              f"{name(column)} is null and {readable}")  # fmt: skip
    for (of, column), allowed in ALLOWED.items():
        if of == built.entity:
            listed = ", ".join(text(one) for one in allowed)
            why = f"is none of {', '.join(allowed)}; map it with a value map"
            _note(
                space, built, column, name(column), text(why), f"{name(column)} not in ({listed})"
            )
    if has_stages and built.entity in ("deals", "stage_events"):
        _note(space, built, "stage_id", "stage_id",
              text("is no stage of its pipeline; add it to `stages` or map it to one"),
              "stage_id is not null and pipeline_id is not null and (pipeline_id, stage_id) not in "
              "(select (pipeline_id, stage_id) from _good_stages)")  # fmt: skip
    _note_duplicates(space, built)
    columns = ", ".join(name(column) for column in entity.columns)
    space.connection.execute(
        f"create view _good_{built.entity} as select {columns} from {built.table} as b "
        f"where not exists (select 1 from _issues as i "
        f"where i.entity = {text(built.entity)} and i.rid = b.rowid)"
    )


def _note(
    space: Workspace, built: Built, column: str, value: str, reason: str, condition: str
) -> None:
    space.connection.execute(
        f"insert into _issues select {text(built.entity)}, rowid, _row, {text(column)}, "
        f"cast({value} as varchar), {reason} from {built.table} where {condition}"
    )


def _note_duplicates(space: Workspace, built: Built) -> None:
    """Of rows with one key the first stays; with `on_duplicate: keep_last` the last, without complaint."""
    entity = ENTITIES[built.entity]
    keep_last = any(
        block.on_duplicate == "keep_last" for block in space.mapping.entities[built.entity]
    )
    key = ", ".join(name(column) for column in entity.key)
    shown = " || ', ' || ".join(f"coalesce(cast({name(one)} as varchar), '')" for one in entity.key)
    clean = (
        f"from {built.table} as b where not exists (select 1 from _issues as i where "
        f"i.entity = {text(built.entity)} and i.rid = b.rowid)"
    )
    order = "_block desc, _row desc, rowid desc" if keep_last else "_block, _row, rowid"
    reason = "null" if keep_last else text("stands in an earlier row already: keys are unique")
    space.connection.execute(
        f"""
        insert into _issues
        with good as (select rowid as rid, _block, _row, {key} {clean}),
        doubled as (select {key} from good group by {key} having count(*) > 1),
        ranked as (
            select good.rid, good._row, {", ".join(f"good.{name(one)}" for one in entity.key)},
                row_number() over (
                    partition by {", ".join(f"good.{name(one)}" for one in entity.key)}
                    order by {order.replace("rowid", "good.rid")}
                ) as place
            from good join doubled
                on {" and ".join(f"good.{name(o)} is not distinct from doubled.{name(o)}" for o in entity.key)}
        )
        select {text(built.entity)}, rid, _row, {text(", ".join(entity.key))}, {shown}, {reason}
        from ranked where place > 1
        """
    )


def tally(space: Workspace, built: Built) -> Tally:
    """Count an entity's rows; lines its files lost count as rows read and rejected."""
    counted = space.connection.execute(
        f"select (select count(*) from {built.table}), (select count(distinct rid) from _issues "
        f"where entity = {text(built.entity)} and reason is not null)"
    ).fetchone()
    assert counted is not None
    lost = sum(space.parts[number].lost for number in driving_parts(space, built.entity))
    return Tally(counted[0] + lost, counted[1] + lost)


def driving_parts(space: Workspace, entity: str) -> list[int]:
    """The files an entity's rows stand in (those of a query: every file it could read)."""
    numbers: list[int] = []
    for block in space.mapping.entities[entity]:
        if block.file in space.mapping.queries:
            numbers += files_of_query(space, str(block.file))
        elif block.file:
            numbers += space.parts_of[block.file]
    return list(dict.fromkeys(numbers))


def files_of_query(space: Workspace, query: str) -> list[int]:
    sql = space.mapping.queries[query]
    tables = space.connection.get_table_names(sql)
    numbers: list[int] = []
    for table in sorted(tables):
        if table in space.mapping.queries:
            numbers += files_of_query(space, table)
        numbers += space.parts_of.get(table, [])
    return numbers


def quarantine_rows(space: Workspace, entities: Iterable[str]) -> pa.Table:
    """Everything rejected, as the table `quarantine`; a broken line stands under each of its entities."""
    source = space.mapping.source
    rows: list[tuple[object, ...]] = []
    seen: set[int] = set()
    for entity in entities:
        for number in driving_parts(space, entity):
            seen.add(number)
            rows += _lines_of(space, number, entity)
    for number in range(len(space.parts)):
        if number not in seen:
            rows += _lines_of(space, number, None)
    rows += _issue_rows(space)
    return pa.Table.from_pylist(
        [dict(zip(SCHEMA.names, (source, *row), strict=True)) for row in rows], schema=SCHEMA
    )


def _lines_of(space: Workspace, number: int, entity: str | None) -> list[tuple[object, ...]]:
    part = space.parts[number]
    return [
        (entity, part.label, reject.line, None, reject.text, reject.reason, None)
        for reject in part.rejected
    ]


def _issue_rows(space: Workspace) -> list[tuple[object, ...]]:
    issues = space.connection.execute(
        "select entity, _row, column_name, value, reason from _issues where reason is not null "
        "order by entity, _row nulls first, rid, column_name"
    ).fetchall()
    originals = _originals(space, {issue[1] for issue in issues if issue[1] is not None})
    result: list[tuple[object, ...]] = []
    for entity, row, column, value, reason in issues:
        file, line, original = originals.get(row, (None, None, None))
        result.append((entity, file, line, column, value, reason, original))
    return result


def _originals(space: Workspace, rows: set[int]) -> dict[int, tuple[str, int, str]]:
    """File, line and the file's whole row as JSON, of each `_row`."""
    by_part: dict[int, list[int]] = {}
    for row in sorted(rows):
        by_part.setdefault(row >> 40, []).append(row)
    found: dict[int, tuple[str, int, str]] = {}
    for number, members in by_part.items():
        part = space.parts[number]
        records = {row: space.part_and_record(row)[1] for row in members}
        lines = part.lines(list(records.values()))
        columns = ", ".join(f"{name(one)} := {name(one)}" for one in part.columns)
        listed = pa.table({"rid": pa.array(list(records.values()), pa.int64())})
        space.connection.register("_wanted", listed)
        texts = dict(
            space.connection.execute(
                f"select t.rowid, to_json(struct_pack({columns})) from {name(part.table)} as t "
                "semi join _wanted on _wanted.rid = t.rowid"
            ).fetchall()
        )
        space.connection.unregister("_wanted")
        for row, record in records.items():
            found[row] = (part.label, lines.get(record, 0), texts[record])
    return found
