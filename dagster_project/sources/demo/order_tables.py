"""A slice's order lines and documents as the CRM shows them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dagster_project.sources.demo import tables
from dagster_project.sources.demo.arrays import (
    NEVER,
    NONE,
    Flags,
    Ints,
    decimals,
    labels,
    moments,
    references,
    stream,
)
from dagster_project.sources.demo.catalogue import FIRST_ID
from dagster_project.sources.demo.company import CURRENCIES
from dagster_project.sources.demo.documents import KINDS
from dagster_project.sources.demo.orders import RETURN_LINE_OFFSET
from dagster_project.sources.demo.seen import Seen

WITHOUT_ORDER_DATE = 0.03
"""Share of won deals whose order nobody dated."""

_STATUSES = ("draft", "sent", "paid", "signed", "received")
_DRAFT, _SENT, _PAID, _SIGNED, _RECEIVED = range(5)


def order_items(seen: Seen) -> pa.Table:
    """Order lines and returns. A deal's order is dated by its win; a shop order at once."""
    sales = _lines(seen, returned=False)
    returns = _lines(seen, returned=True)
    return pa.concat_tables([sales, returns])


def _lines(seen: Seen, *, returned: bool) -> pa.Table:
    story, orders, lines = seen.story, seen.story.orders, seen.story.lines
    dated_at, changed_at = _order_dates(seen)
    shown_at = lines.returned_at if returned else orders.written_at[lines.order]
    row = np.flatnonzero((shown_at < _order_stop(seen)[lines.order]) & _shown(seen)[lines.order])
    order, product = lines.order[row], lines.product[row]
    deal, customer = orders.deal[order], orders.customer[order]
    nobody = (deal != NONE) & story.deals.leads.without_customer[deal]
    return tables.ORDER_ITEMS.build(
        {
            "order_id": pa.array(orders.order_id[order]),
            "line_no": pa.array(lines.line_id[row] + (RETURN_LINE_OFFSET if returned else 0)),
            "deal_id": references(np.where(deal == NONE, NONE, story.deals.leads.deal_id[deal])),
            "client_id": references(story.customers.customer_id[customer], nobody),
            "good_id": references(np.where(product == NONE, NONE, product + FIRST_ID)),
            "quantity": pa.array(lines.quantity[row]),
            "price": decimals(lines.unit_price[row], 2),
            "discount": decimals(lines.discount[row], 2),
            "total": decimals(lines.amount[row], 2),
            "currency": labels(CURRENCIES, story.customers.currency[customer]),
            "ordered_at": moments(shown_at[row] if returned else dated_at[order]),
            "is_return": pa.array(np.full(len(row), returned)),
            "updated_at": moments(shown_at[row] if returned else changed_at[order]),
        }
    )


def _shown(seen: Seen) -> Flags:
    deal = seen.story.orders.deal
    return np.asarray((deal == NONE) | seen.shown[deal])


def _order_stop(seen: Seen) -> Ints:
    deal = seen.story.orders.deal
    return np.where(deal == NONE, seen.as_of, seen.stop[deal])


def _order_dates(seen: Seen) -> tuple[Ints, Ints]:
    """Each order's date, and when its lines changed last: whenever a win came or went."""
    story, orders, deals = seen.story, seen.story.orders, seen.story.deals
    rng = stream(story.world.seed, story.number, "order dates")
    undated = rng.random(len(deals)) < WITHOUT_ORDER_DATE
    closed_at = np.where(seen.won & ~undated, seen.closed_at, NEVER)
    touched = deals.won_at < seen.stop
    changed_at = np.where(touched, seen.moved_at, deals.ordered_at)
    from_shop = orders.deal == NONE
    return (
        np.where(from_shop, orders.written_at, closed_at[orders.deal]),
        np.where(from_shop, orders.written_at, changed_at[orders.deal]),
    )


def documents(seen: Seen) -> pa.Table:
    """Papers written so far; what is sent or paid later is still empty."""
    story, every = seen.story, seen.story.documents
    stop = seen.stop[every.deal]
    row = np.flatnonzero((every.written_at < stop) & seen.shown[every.deal])
    deal, kind, stop = every.deal[row], every.kind[row], stop[row]
    sent_at = np.where(every.sent_at[row] < stop, every.sent_at[row], NEVER)
    paid_at = np.where(every.paid_at[row] < stop, every.paid_at[row], NEVER)
    status = np.where(paid_at < NEVER, _PAID, np.where(sent_at < NEVER, _SENT, _DRAFT))
    status = np.where(kind == KINDS.index("contract"), _SIGNED, status)
    status = np.where(kind == KINDS.index("payment"), _RECEIVED, status)
    changed_at = every.written_at[row]
    for moment in (sent_at, paid_at):
        changed_at = np.maximum(changed_at, np.where(moment < NEVER, moment, 0))
    return tables.DOCUMENTS.build(
        {
            "id": pa.array(every.document_id[row]),
            "deal_id": pa.array(story.deals.leads.deal_id[deal]),
            "type": labels(KINDS, kind),
            "issued_at": moments(every.issued_at[row]),
            "sent_at": moments(sent_at),
            "due_at": moments(every.due_at[row]),
            "paid_at": moments(paid_at),
            "amount": decimals(story.amounts.total[deal], 2),
            "currency": labels(CURRENCIES, story.amounts.currency[deal]),
            "status": labels(_STATUSES, status),
            "updated_at": moments(changed_at),
        }
    )
