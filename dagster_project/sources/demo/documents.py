"""Papers of a deal: proposal, contract, invoice, payment; written, sent and paid at moments of its path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dagster_project.sources.demo.arrays import DAY_SECONDS, NEVER, Flags, Ints, stream
from dagster_project.sources.demo.deals import NEVER_SENT, Deals
from dagster_project.sources.demo.world import World

KINDS = ("proposal", "contract", "invoice", "payment")
_PROPOSAL, _CONTRACT, _INVOICE, _PAYMENT = range(4)

UNWRITTEN_INVOICES = 0.5
"""Of the invoices never sent, this share was not even written; the rest lies as a draft."""
INVOICE_BEFORE_CONTRACT = 0.015
WRONG_YEAR = 0.002
WRONG_YEAR_DAYS = 3_653
PAYMENT_TERM_DAYS = 10


@dataclass(frozen=True)
class Documents:
    """Documents of a slice. `written_at` is when the CRM got it; `issued_at` the date on the paper."""

    document_id: Ints
    deal: Ints
    kind: Ints
    written_at: Ints
    issued_at: Ints
    sent_at: Ints
    due_at: Ints
    paid_at: Ints


def write_documents(world: World, number: int, deals: Deals) -> Documents:
    """All documents the slice's deals will ever have."""
    rng = stream(world.seed, number, "documents")
    n = len(deals)
    nothing = np.full(n, NEVER)
    soon = rng.integers(600, 7_200, n)

    proposal = deals.quote_at
    wrong_year = rng.random(n) < WRONG_YEAR
    contract = deals.agreement_at

    written = _later(deals.invoice_stage_at, deals.invoice_lag_days * DAY_SECONDS + soon)
    written = np.minimum(written, np.where(deals.invoice_stage_at < NEVER, deals.paid_at, NEVER))
    early = (rng.random(n) < INVOICE_BEFORE_CONTRACT) & (contract < NEVER)
    day_before = np.maximum(contract - DAY_SECONDS, deals.created_at)
    written = np.where(early & (deals.invoice != NEVER_SENT), day_before, written)
    forgotten = deals.invoice == NEVER_SENT
    written = np.where(forgotten & (rng.random(n) < UNWRITTEN_INVOICES), NEVER, written)
    sent = np.where(forgotten, NEVER, written)

    parts = (
        (_PROPOSAL, proposal, _shifted(proposal, wrong_year), _later(proposal, soon), nothing),
        (_CONTRACT, contract, contract, contract, nothing),
        (_INVOICE, written, written, sent, np.where(written < NEVER, deals.paid_at, NEVER)),
        (_PAYMENT, deals.paid_at, deals.paid_at, nothing, deals.paid_at),
    )
    rows = [np.flatnonzero(part[1] < NEVER) for part in parts]
    kind = np.concatenate([np.full(len(r), part[0]) for part, r in zip(parts, rows, strict=True)])
    columns = [
        np.concatenate([part[c][r] for part, r in zip(parts, rows, strict=True)])
        for c in range(1, 5)
    ]
    deal = np.concatenate(rows)
    due = _later(columns[1], np.full(len(deal), PAYMENT_TERM_DAYS * DAY_SECONDS))
    return Documents(
        document_id=deals.leads.deal_id[deal] * 10 + kind + 1,
        deal=deal,
        kind=kind,
        written_at=columns[0],
        issued_at=columns[1],
        sent_at=columns[2],
        due_at=np.where(kind == _INVOICE, due, NEVER),
        paid_at=columns[3],
    )


def _later(moment: Ints, by: Ints) -> Ints:
    return np.where(moment < NEVER, moment + by, NEVER)


def _shifted(moment: Ints, wrong: Flags) -> Ints:
    """A slip of the pen: the right day, ten years ahead."""
    return np.where(
        wrong, _later(moment, np.full(len(moment), WRONG_YEAR_DAYS * DAY_SECONDS)), moment
    )
