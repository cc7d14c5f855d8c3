"""The demo CRM's own tables: names, columns, types, keys. Ids are integers, moments are UTC.

Every row has `updated_at`: the last moment anything in it changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from dagster_project.sources.demo.arrays import MOMENT

_ID = pa.int64()
_TEXT = pa.string()
_MONEY = pa.decimal128(18, 2)
_FLAG = pa.bool_()


@dataclass(frozen=True)
class RawTable:
    """One raw table: `key` is its primary key, `columns` its Arrow types."""

    name: str
    key: tuple[str, ...]
    columns: dict[str, pa.DataType]

    @property
    def schema(self) -> pa.Schema:
        fields = (
            pa.field(name, kind, nullable=name not in self.key)
            for name, kind in self.columns.items()
        )
        return pa.schema(fields)

    def build(self, columns: dict[str, Any]) -> pa.Table:
        """An Arrow table of exactly these columns; a wrong name or type is an error here."""
        if list(columns) != list(self.columns):
            raise ValueError(f"{self.name}: columns {list(columns)}, not {list(self.columns)}")
        return pa.table(columns, schema=self.schema)


PIPELINES = RawTable(
    "pipelines",
    ("id",),
    {"id": _ID, "title": _TEXT, "is_archived": _FLAG, "updated_at": MOMENT},
)
PIPELINE_STAGES = RawTable(
    "pipeline_stages",
    ("id",),
    {
        "id": _ID,
        "pipeline_id": _ID,
        "title": _TEXT,
        "sort": _ID,
        "type": _TEXT,
        "code": _TEXT,
        "updated_at": MOMENT,
    },
)
USERS = RawTable(
    "users",
    ("id",),
    {
        "id": _ID,
        "full_name": _TEXT,
        "email": _TEXT,
        "department": _TEXT,
        "is_active": _FLAG,
        "hired_at": MOMENT,
        "updated_at": MOMENT,
    },
)
CLIENTS = RawTable(
    "clients",
    ("id",),
    {
        "id": _ID,
        "title": _TEXT,
        "type": _TEXT,
        "phone": _TEXT,
        "email": _TEXT,
        "address": _TEXT,
        "country": _TEXT,
        "region": _TEXT,
        "city": _TEXT,
        "geo_source": _TEXT,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
)
GOODS = RawTable(
    "goods",
    ("id",),
    {
        "id": _ID,
        "article": _TEXT,
        "title": _TEXT,
        "category": _TEXT,
        "price": _MONEY,
        "cost": _MONEY,
        "is_archived": _FLAG,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
)
CAMPAIGNS = RawTable(
    "campaigns",
    ("id",),
    {
        "id": _ID,
        "title": _TEXT,
        "channel": _TEXT,
        "strategy": _TEXT,
        "started_at": MOMENT,
        "updated_at": MOMENT,
    },
)
AD_SPEND = RawTable(
    "ad_spend",
    ("id",),
    {
        "id": _ID,
        "day": pa.date32(),
        "region": _TEXT,
        "channel": _TEXT,
        "strategy": _TEXT,
        "campaign_id": _ID,
        "cost": _MONEY,
        "currency": _TEXT,
        "updated_at": MOMENT,
    },
)
LOSS_REASONS = RawTable(
    "loss_reasons",
    ("id",),
    {"id": _ID, "title": _TEXT, "group_code": _TEXT, "updated_at": MOMENT},
)
DEALS = RawTable(
    "deals",
    ("id",),
    {
        "id": _ID,
        "pipeline_id": _ID,
        "stage_id": _ID,
        "status": _TEXT,
        "responsible_id": _ID,
        "client_id": _ID,
        "campaign_id": _ID,
        "lead_source": _TEXT,
        "budget": _MONEY,
        "currency": _TEXT,
        "created_at": MOMENT,
        "closed_at": MOMENT,
        "loss_reason_id": _ID,
        "loss_comment": _TEXT,
        "competitor": _TEXT,
        "in_trash": _FLAG,
        "url": _TEXT,
        "updated_at": MOMENT,
    },
)
DEAL_STAGE_HISTORY = RawTable(
    "deal_stage_history",
    ("deal_id", "seq"),
    {
        "deal_id": _ID,
        "seq": _ID,
        "pipeline_id": _ID,
        "stage_id": _ID,
        "moved_at": MOMENT,
        "moved_by": _ID,
        "responsible_id": _ID,
        "updated_at": MOMENT,
    },
)
ORDER_ITEMS = RawTable(
    "order_items",
    ("order_id", "line_no"),
    {
        "order_id": _ID,
        "line_no": _ID,
        "deal_id": _ID,
        "client_id": _ID,
        "good_id": _ID,
        "quantity": _ID,
        "price": _MONEY,
        "discount": _MONEY,
        "total": _MONEY,
        "currency": _TEXT,
        "ordered_at": MOMENT,
        "is_return": _FLAG,
        "updated_at": MOMENT,
    },
)
DOCUMENTS = RawTable(
    "documents",
    ("id",),
    {
        "id": _ID,
        "deal_id": _ID,
        "type": _TEXT,
        "issued_at": MOMENT,
        "sent_at": MOMENT,
        "due_at": MOMENT,
        "paid_at": MOMENT,
        "amount": _MONEY,
        "currency": _TEXT,
        "status": _TEXT,
        "updated_at": MOMENT,
    },
)
ACTIVITIES = RawTable(
    "activities",
    ("id",),
    {
        "id": _ID,
        "deal_id": _ID,
        "user_id": _ID,
        "type": _TEXT,
        "happens_at": MOMENT,
        "updated_at": MOMENT,
    },
)
DELETION_LOG = RawTable(
    "deletion_log",
    ("entity_type", "entity_id"),
    {
        "entity_type": _TEXT,
        "entity_id": _ID,
        "deleted_at": MOMENT,
        "reason": _TEXT,
        "merged_into_id": _ID,
        "updated_at": MOMENT,
    },
)
ACCOUNT = RawTable(
    "account",
    ("id",),
    {
        "id": _ID,
        "title": _TEXT,
        "history_start": MOMENT,
        "complete_to": MOMENT,
        "updated_at": MOMENT,
    },
)

TABLES = (
    PIPELINES,
    PIPELINE_STAGES,
    USERS,
    CLIENTS,
    GOODS,
    CAMPAIGNS,
    AD_SPEND,
    LOSS_REASONS,
    DEALS,
    DEAL_STAGE_HISTORY,
    ORDER_ITEMS,
    DOCUMENTS,
    ACTIVITIES,
    DELETION_LOG,
    ACCOUNT,
)
