"""The canonical CRM model: what every source is turned into, column by column.

One entry per entity: its columns with their DuckDB types, and its primary key. The `files` source
loads these tables as they are; every other source keeps its own names and dbt staging turns them
into this. Keys are the source's own ids here; staging prefixes them (`maven:1C1I7A6R`).
"""

from __future__ import annotations

from dataclasses import dataclass

ID = "varchar"
TEXT = "varchar"
MONEY = "decimal(18,2)"
PRICE = "decimal(18,4)"
QUANTITY = "decimal(18,3)"
MOMENT = "timestamp"
DAY = "date"
FLAG = "boolean"
WHOLE = "integer"


@dataclass(frozen=True)
class Entity:
    """One canonical table: `columns` maps each column to its type; `key` names the primary key."""

    name: str
    key: tuple[str, ...]
    columns: dict[str, str]
    required: tuple[str, ...] = ()
    """Columns beside the key that may not be null."""


_ENTITIES = (
    Entity(
        "pipelines",
        ("pipeline_id",),
        {"pipeline_id": ID, "name": TEXT, "is_active": FLAG},
        ("name",),
    ),
    Entity(
        "stages",
        ("pipeline_id", "stage_id"),
        {
            "pipeline_id": ID,
            "stage_id": ID,
            "name": TEXT,
            "position": WHOLE,
            "kind": TEXT,  # open, won, lost
            "role": TEXT,  # lead, interested, proposal, contract, payment, delivery or null
        },
        ("name", "position", "kind"),
    ),
    Entity(
        "deals",
        ("deal_id",),
        {
            "deal_id": ID,
            "pipeline_id": ID,
            "stage_id": ID,
            "outcome": TEXT,  # open, won, lost
            "manager_id": ID,
            "customer_id": ID,
            "campaign_id": ID,
            "lead_source": TEXT,
            "amount": MONEY,
            "currency": TEXT,
            "created_at": MOMENT,
            "closed_at": MOMENT,
            "lost_reason_id": ID,
            "lost_comment": TEXT,
            "competitor": TEXT,
            "updated_at": MOMENT,
            "is_deleted": FLAG,
            "url": TEXT,
        },
        ("pipeline_id", "outcome"),
    ),
    Entity(
        "stage_events",
        ("deal_id", "sequence"),
        {
            "deal_id": ID,
            "pipeline_id": ID,
            "stage_id": ID,
            "entered_at": MOMENT,
            "sequence": WHOLE,  # order of the deal's events; breaks ties within one second
            "moved_by": ID,
            "manager_id": ID,
        },
        ("pipeline_id", "stage_id", "entered_at"),
    ),
    Entity(
        "managers",
        ("manager_id",),
        {"manager_id": ID, "name": TEXT, "team": TEXT, "is_active": FLAG},
        ("name",),
    ),
    Entity(
        "customers",
        ("customer_id",),
        {
            "customer_id": ID,
            "name": TEXT,
            "kind": TEXT,  # company, person
            "country": TEXT,
            "region": TEXT,
            "city": TEXT,
            "geo_basis": TEXT,
            "created_at": MOMENT,
        },
    ),
    Entity(
        "products",
        ("product_id",),
        {
            "product_id": ID,
            "sku": TEXT,
            "name": TEXT,
            "category": TEXT,
            "list_price": PRICE,
            "unit_cost": PRICE,
            "is_active": FLAG,
        },
        ("name",),
    ),
    Entity(
        "order_lines",
        ("order_id", "line_id"),
        {
            "order_id": ID,
            "line_id": ID,
            "deal_id": ID,
            "customer_id": ID,
            "product_id": ID,
            "quantity": QUANTITY,
            "unit_price": PRICE,
            "discount": MONEY,  # money taken off the whole line
            "amount": MONEY,  # what the line sold for: quantity x unit_price - discount
            "currency": TEXT,
            "ordered_at": MOMENT,
            "is_return": FLAG,
        },
    ),
    Entity(
        "documents",
        ("document_id",),
        {
            "document_id": ID,
            "deal_id": ID,
            "kind": TEXT,  # proposal, contract, invoice, payment
            "issued_at": MOMENT,
            "sent_at": MOMENT,
            "due_at": MOMENT,
            "paid_at": MOMENT,
            "amount": MONEY,
            "currency": TEXT,
            "status": TEXT,
        },
        ("deal_id", "kind"),
    ),
    Entity(
        "activities",
        ("activity_id",),
        {
            "activity_id": ID,
            "deal_id": ID,
            "manager_id": ID,
            "kind": TEXT,
            "happened_at": MOMENT,
        },
        ("deal_id", "happened_at"),
    ),
    Entity(
        "campaigns",
        ("campaign_id",),
        {"campaign_id": ID, "name": TEXT, "channel": TEXT, "strategy": TEXT},
        ("name",),
    ),
    Entity(
        "marketing_spend",
        ("date", "region", "channel", "strategy", "campaign_id"),
        {
            "date": DAY,
            "region": TEXT,
            "channel": TEXT,
            "strategy": TEXT,
            "campaign_id": ID,
            "amount": MONEY,
            "currency": TEXT,
        },
        ("amount",),
    ),
    Entity(
        "lost_reasons",
        ("lost_reason_id",),
        {"lost_reason_id": ID, "name": TEXT, "category": TEXT},
        ("name",),
    ),
    Entity(
        "deletions",
        ("entity", "id"),
        {"entity": TEXT, "id": ID, "deleted_at": MOMENT},
    ),
    Entity(
        "source_capabilities",
        ("source",),
        {
            "source": TEXT,
            "has_stage_history": FLAG,
            "has_stage_author": FLAG,
            "has_lost_reason": FLAG,
            "has_lines": FLAG,
            "has_invoices": FLAG,
            "has_region": FLAG,
            "has_spend": FLAG,
            "history_start": MOMENT,
            "complete_to": MOMENT,  # the moment the source's data is complete to
        },
        ("complete_to",),
    ),
)

ENTITIES: dict[str, Entity] = {entity.name: entity for entity in _ENTITIES}
