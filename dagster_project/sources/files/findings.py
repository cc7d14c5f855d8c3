"""What there is to tell about a worked-out mapping: counts, oddities, first rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dagster_project.sources.canonical import ENTITIES
from dagster_project.sources.files.issues import ALLOWED
from dagster_project.sources.files.prepare import Prepared
from dagster_project.sources.files.text_tables import row_count
from dagster_project.warehouse.connections import name, text

Row = tuple[Any, ...]

_COUNTED = (
    ("deals", "outcome"),
    ("deals", "stage_id"),
    ("deals", "lost_reason_id"),
    ("deals", "lead_source"),
    ("stage_events", "stage_id"),
    ("customers", "region"),
    ("documents", "kind"),
    ("activities", "kind"),
)
_REFERENCES = (
    ("deals", "manager_id", "managers"),
    ("deals", "customer_id", "customers"),
    ("deals", "campaign_id", "campaigns"),
    ("deals", "lost_reason_id", "lost_reasons"),
    ("stage_events", "deal_id", "deals"),
    ("stage_events", "manager_id", "managers"),
    ("order_lines", "deal_id", "deals"),
    ("order_lines", "customer_id", "customers"),
    ("order_lines", "product_id", "products"),
    ("documents", "deal_id", "deals"),
    ("activities", "deal_id", "deals"),
    ("marketing_spend", "campaign_id", "campaigns"),
)
_MOST_VALUES = 20


def files(result: Prepared) -> Iterator[Row]:
    """File, rows read as rows, lines that could not be."""
    for part in result.space.parts:
        yield part.label, row_count(result.space.connection, part.table), part.lost


def values(result: Prepared) -> Iterator[Row]:
    """How often each stage, outcome, reason, source and region occurs; the most frequent ones."""
    for entity, column in _COUNTED:
        if entity not in result.tallies or not _is_mapped(result, entity, column):
            continue
        counted = _all(
            result,
            f"select {name(column)}, count(*) from _good_{entity} group by 1 "
            f"order by 2 desc, 1 limit {_MOST_VALUES + 1}",
        )
        for value, rows in counted[:_MOST_VALUES]:
            yield f"{entity}.{column}", "(empty)" if value is None else value, rows
        if len(counted) > _MOST_VALUES:
            yield f"{entity}.{column}", "(and others)", None


def unmapped(result: Prepared) -> list[Row]:
    """Texts of the files that no value map, enumeration or list of stages knows."""
    enumerations = ", ".join(f"({text(entity)}, {text(column)})" for entity, column in ALLOWED)
    return _all(
        result,
        f"""select entity, column_name, value, count(*) from _quarantine
            where value is not null and (
                reason like 'is not in the value map%' or reason like 'is no stage%'
                or (reason like 'is none of%' and (entity, column_name) in ({enumerations}))
            ) group by all order by 4 desc, 1, 2, 3 limit 50""",
    )


def rejected(result: Prepared) -> list[Row]:
    """Per entity, column and reason: the first rejected row, and how many there are."""
    return _all(
        result,
        """select entity, first(file order by file, line), first(line order by file, line),
                column_name, first(value order by file, line), reason, count(*)
            from _quarantine group by entity, column_name, reason
            order by 7 desc, 1, 4 limit 30""",
    )


def orphans(result: Prepared) -> Iterator[Row]:
    """References to a manager, customer, ... that its own list does not have."""
    for entity, column, target in _REFERENCES:
        if not {entity, target} <= result.tallies.keys() or not _is_mapped(result, entity, column):
            continue
        key = ENTITIES[target].key[0]
        (count, example) = _all(
            result,
            f"select count(*), min({name(column)}) from _good_{entity} as e "
            f"where {name(column)} is not null and not exists "
            f"(select 1 from _good_{target} as t where t.{name(key)} = e.{name(column)})",
        )[0]
        if count:
            yield f"{entity}.{column}", count, example, target


def first_rows(result: Prepared, entity: str, count: int) -> list[Row]:
    """The first rows that would be loaded."""
    return _all(result, f"select * from _good_{entity} limit {count}")


def _is_mapped(result: Prepared, entity: str, column: str) -> bool:
    return any(column in block.mapped_columns() for block in result.mapping.entities[entity])


def _all(result: Prepared, sql: str) -> list[Row]:
    return result.space.connection.execute(sql).fetchall()
