"""What a mapped source can tell, told by what is mapped; marts say "not measurable" from it."""

from __future__ import annotations

from datetime import datetime

from dagster_project.sources.files.prepare import Prepared

_MOMENTS = {
    "deals": ("created_at", "closed_at", "updated_at"),
    "stage_events": ("entered_at",),
    "order_lines": ("ordered_at",),
    "documents": ("issued_at", "sent_at", "paid_at"),
    "activities": ("happened_at",),
    "marketing_spend": ("date",),
    "deletions": ("deleted_at",),
}
"""Columns that say when something happened; due dates and the like lie in the future."""


def capabilities(prepared: Prepared, now: datetime) -> dict[str, object]:
    """The row of `source_capabilities`.

    `complete_to` is the mapping's `as_of`, or the latest moment in the data that is not in the
    future (a mistyped 2099 must not make the data complete to 2099), or `now` where the data has no
    moment.
    """
    mapping = prepared.mapping
    mapped = {
        entity: set().union(*(block.mapped_columns() for block in blocks))
        for entity, blocks in mapping.entities.items()
    }
    return {
        "source": mapping.source,
        "has_stage_history": "stage_events" in mapped,
        "has_stage_author": "moved_by" in mapped.get("stage_events", set()),
        "has_lost_reason": "lost_reason_id" in mapped.get("deals", set()),
        "has_lines": "order_lines" in mapped,
        "has_invoices": _has_invoices(prepared),
        "has_region": "region" in mapped.get("customers", set()),
        "has_spend": "marketing_spend" in mapped,
        "history_start": _extreme(prepared, "min", {"stage_events": ("entered_at",)}, now),
        "complete_to": mapping.as_of_utc or _extreme(prepared, "max", _MOMENTS, now) or now,
    }


def _has_invoices(prepared: Prepared) -> bool:
    if "documents" not in prepared.tallies:
        return False
    found = prepared.space.connection.execute(
        "select count(*) > 0 from _good_documents where kind = 'invoice'"
    ).fetchone()
    return bool(found and found[0])


def _extreme(
    prepared: Prepared, which: str, columns: dict[str, tuple[str, ...]], now: datetime
) -> datetime | None:
    selects = [
        f'select cast("{column}" as timestamp) as happened_at from _good_{entity}'
        for entity, names in columns.items()
        if entity in prepared.tallies
        for column in names
    ]
    if not selects:
        return None
    found = prepared.space.connection.execute(
        f"select {which}(happened_at) from ({' union all '.join(selects)}) where happened_at <= ?",
        [now],
    ).fetchone()
    return found[0] if found else None
