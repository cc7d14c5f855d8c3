"""What is wrong with an entity's rows: table `_issues`, and `_good_<entity>` without those rows.

A row is rejected when a value cannot be read, a required one is missing, an enumeration has another
value than it may, its stage is in no list, or its key is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

from dagster_project.sources.canonical import ENTITIES
from dagster_project.sources.files.entities import NULLABLE_KEYS, Built
from dagster_project.sources.files.workspace import Workspace
from dagster_project.warehouse.connections import name, text

ALLOWED = {
    ("deals", "outcome"): ("open", "won", "lost"),
    ("stages", "kind"): ("open", "won", "lost"),
    ("stages", "role"): ("lead", "interested", "proposal", "contract", "payment", "delivery"),
    ("customers", "kind"): ("company", "person"),
    ("documents", "kind"): ("proposal", "contract", "invoice", "payment"),
    ("deletions", "entity"): tuple(one for one in ENTITIES if one != "source_capabilities"),
}


@dataclass(frozen=True)
class Tally:
    """How an entity fared: rows the files have for it, rows (and lost lines) rejected."""

    read: int
    rejected: int

    @property
    def share(self) -> float:
        return self.rejected / self.read if self.read else 0.0


def create_issues(space: Workspace) -> None:
    """`reason` is null for a row left out without blame (an older version of the same key)."""
    space.connection.execute(
        "create table _issues (entity varchar, rid bigint, _row bigint, column_name varchar, "
        "value varchar, reason varchar)"
    )


def find_issues(space: Workspace, built: Built, has_stages: bool) -> None:
    """Note what is wrong with the rows of a built entity, and make `_good_<entity>` of the rest."""
    _note_unreadable(space, built)
    _note_missing(space, built)
    for (entity, column), allowed in ALLOWED.items():
        if entity == built.entity:
            listed = ", ".join(text(one) for one in allowed)
            reason = text(f"is none of {', '.join(allowed)}; map it with a value map")
            found = f"{name(column)} not in ({listed})"
            _note(space, built, column, name(column), reason, found)
    if has_stages and built.entity in ("deals", "stage_events"):
        reason = text("is no stage of its pipeline; add it to `stages` or map it to one of them")
        unknown = (
            "stage_id is not null and pipeline_id is not null and (pipeline_id, stage_id) not in "
            "(select (pipeline_id, stage_id) from _good_stages)"
        )
        _note(space, built, "stage_id", "stage_id", reason, unknown)
    _note_duplicates(space, built)
    columns = ", ".join(name(column) for column in ENTITIES[built.entity].columns)
    space.connection.execute(
        f"create view _good_{built.entity} as select {columns} from {_clean_rows(built)}"
    )


def tally(space: Workspace, built: Built) -> Tally:
    """Count an entity's rows; lines its files lost count as read and as rejected."""
    counted = space.connection.execute(
        f"select (select count(*) from {built.table}), (select count(distinct rid) from _issues "
        f"where entity = {text(built.entity)} and reason is not null)"
    ).fetchone()
    assert counted is not None
    lost = sum(space.parts[number].lost for number in driving_parts(space, built.entity))
    return Tally(counted[0] + lost, counted[1] + lost)


def driving_parts(space: Workspace, entity: str) -> list[int]:
    """The files an entity's rows stand in; those of a query are every file it reads."""
    numbers: list[int] = []
    for block in space.mapping.entities[entity]:
        if block.file:
            numbers += _parts_of(space, block.file)
    return list(dict.fromkeys(numbers))


def _parts_of(space: Workspace, table: str) -> list[int]:
    if table in space.parts_of:
        return space.parts_of[table]
    return [number for one in space.tables_of[table] for number in _parts_of(space, one)]


def _note_unreadable(space: Workspace, built: Built) -> None:
    for column, reasons in built.reasons.items():
        cases = " ".join(f"when {block} then {text(why)}" for block, why in reasons.items())
        bad = name(f"_bad_{column}")
        _note(space, built, column, bad, f"case _block {cases} end", f"{bad} is not null")


def _note_missing(space: Workspace, built: Built) -> None:
    entity = ENTITIES[built.entity]
    keys = () if built.entity in NULLABLE_KEYS else entity.key
    for column in (*keys, *entity.required):
        missing = f"{name(column)} is null"
        if column in built.reasons:  # unreadable is not missing
            missing += f" and {name(f'_bad_{column}')} is null"
        _note(space, built, column, "null", text("is missing, every row needs it"), missing)


def _note(
    space: Workspace, built: Built, column: str, value: str, reason: str, condition: str
) -> None:
    space.connection.execute(
        f"insert into _issues select {text(built.entity)}, rowid, _row, {text(column)}, "
        f"cast({value} as varchar), {reason} from {built.table} where {condition}"
    )


def _clean_rows(built: Built) -> str:
    return (
        f"{built.table} as b where not exists (select 1 from _issues as i "
        f"where i.entity = {text(built.entity)} and i.rid = b.rowid)"
    )


def _note_duplicates(space: Workspace, built: Built) -> None:
    """Of rows with one key the first stays; with `on_duplicate: keep_last` the last, unblamed."""
    key = ENTITIES[built.entity].key
    blocks = space.mapping.entities[built.entity]
    keep_last = any(block.on_duplicate == "keep_last" for block in blocks)
    direction = "desc" if keep_last else "asc"
    reason = "null" if keep_last else text("stands in an earlier row already; keys are unique")
    columns = ", ".join(name(one) for one in key)
    same = " and ".join(f"g.{name(one)} is not distinct from d.{name(one)}" for one in key)
    shown = "concat_ws(', ', " + ", ".join(f"cast({name(one)} as varchar)" for one in key) + ")"
    space.connection.execute(
        f"""
        insert into _issues
        with good as (
            select rowid as rid, _block, _row, {columns} from {_clean_rows(built)}
        ),
        doubled as (select {columns} from good group by {columns} having count(*) > 1),
        ranked as (
            select g.*, row_number() over (
                partition by {", ".join(f"g.{name(one)}" for one in key)}
                order by _block {direction}, _row {direction} nulls last, rid {direction}
            ) as place
            from good as g
            semi join doubled as d on {same}
        )
        select {text(built.entity)}, rid, _row, {text(", ".join(key))}, {shown}, {reason}
        from ranked where place > 1
        """
    )
