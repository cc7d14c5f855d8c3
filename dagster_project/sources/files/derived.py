"""What a canonical column is when the mapping does not name it but it follows from the others."""

from __future__ import annotations

from dagster_project.sources.files.errors import MappingError
from dagster_project.sources.files.mapping import Block, Mapping
from dagster_project.warehouse.connections import text

_FLAGS = {
    "pipelines": {"is_active": "true"},
    "managers": {"is_active": "true"},
    "products": {"is_active": "true"},
    "deals": {"is_deleted": "false"},
    "order_lines": {"is_return": "false"},
}

_ORDER = "_block, _row"
"""The order of the files: ties are broken by it, so the same files give the same numbers."""


def derived_column(mapping: Mapping, entity: str, column: str, mapped: set[str]) -> str | None:
    """SQL over the mapped columns for one that is not mapped; None when nothing is known of it."""
    if column == "sequence" and entity == "stage_events":
        return (
            "cast(row_number() over (partition by deal_id "
            f"order by entered_at nulls last, {_ORDER}) as integer)"
        )
    if column == "line_id" and entity == "order_lines":
        return f"cast(row_number() over (partition by order_id order by {_ORDER}) as varchar)"
    if column == "amount" and entity == "order_lines" and {"quantity", "unit_price"} <= mapped:
        discount = "coalesce(discount, 0)" if "discount" in mapped else "0"
        return f"cast(quantity * unit_price - {discount} as decimal(18, 2))"
    if column == "pipeline_id" and (pipeline := only_pipeline(mapping)):
        return text(pipeline)
    return _FLAGS.get(entity, {}).get(column)


def only_pipeline(mapping: Mapping) -> str | None:
    """The id of the pipeline when the mapping writes out exactly one."""
    rows = [row for block in mapping.entities.get("pipelines", ()) for row in block.rows]
    written_out = all(block.rows for block in mapping.entities.get("pipelines", ()))
    found = str(rows[0]["pipeline_id"]) if len(rows) == 1 and "pipeline_id" in rows[0] else None
    return found if written_out else None


def default_currency(mapping: Mapping, entity: str, blocks: tuple[Block, ...]) -> str | None:
    """The mapping's currency, for money without one.

    Raises:
        MappingError: there are amounts and nothing says in which currency.
    """
    mapped = set().union(*(block.mapped_columns() for block in blocks))
    has_money = bool(mapped & {"amount", "unit_price"})
    if has_money and mapping.currency is None and "currency" not in mapped:
        raise MappingError(
            f"entities.{entity}: amounts have no currency; set `currency:` on top of the mapping "
            "or map the column `currency`"
        )
    return mapping.currency
