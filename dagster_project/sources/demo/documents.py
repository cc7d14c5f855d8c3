"""Papers of a deal: proposal, contract, invoice, payment; when written, sent and paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dagster_project.sources.demo.arrays import DAY_SECONDS, NEVER, Flags, Ints, stream
from dagster_project.sources.demo.deals import NEVER_SENT, Deals
from dagster_project.sources.demo.world import World

KINDS = ("proposal", "contract", "invoice", "payment")

UNWRITTEN_INVOICES = 0.5
"""Of the invoices never sent, this share was not even written; the rest lies as a draft."""
INVOICE_BEFORE_CONTRACT = 0.015
WRONG_YEAR = 0.002
WRONG_YEAR_DAYS = 3_653
PAYMENT_TERM_DAYS = 10


@dataclass(frozen=True)
class Documents:
    """Documents of a slice. `written_at`: when the CRM got it; `issued_at`: the date on it."""

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
    written = np.where(written < deals.ended_at, written, NEVER)
    early = (rng.random(n) < INVOICE_BEFORE_CONTRACT) & (contract < NEVER)
    day_before = np.maximum(contract - DAY_SECONDS, deals.created_at)
    written = np.where(early & (deals.invoice != NEVER_SENT), day_before, written)
    forgotten = deals.invoice == NEVER_SENT
    written = np.where(forgotten & (rng.random(n) < UNWRITTEN_INVOICES), NEVER, written)
    sent = np.where(forgotten, NEVER, written)

    invoice_paid_at = np.where(written < NEVER, deals.paid_at, NEVER)
    # In the order of KINDS: written, issued, sent, paid.
    papers = np.array(
        [
            (proposal, _shifted(proposal, wrong_year), _later(proposal, soon), nothing),
            (contract, contract, contract, nothing),
            (written, written, sent, invoice_paid_at),
            (deals.paid_at, deals.paid_at, nothing, deals.paid_at),
        ]
    )
    kind, deal = np.nonzero(papers[:, 0] < NEVER)
    written_at, issued_at, sent_at, paid_at = papers[kind, :, deal].T
    due = _later(issued_at, np.full(len(deal), PAYMENT_TERM_DAYS * DAY_SECONDS))
    return Documents(
        document_id=deals.leads.deal_id[deal] * 10 + kind + 1,
        deal=deal,
        kind=kind,
        written_at=written_at,
        issued_at=issued_at,
        sent_at=sent_at,
        due_at=np.where(kind == KINDS.index("invoice"), due, NEVER),
        paid_at=paid_at,
    )


def _later(moment: Ints, by: Ints) -> Ints:
    return np.where(moment < NEVER, moment + by, NEVER)


def _shifted(moment: Ints, wrong: Flags) -> Ints:
    """A slip of the pen: the right day, ten years ahead."""
    return np.where(
        wrong, _later(moment, np.full(len(moment), WRONG_YEAR_DAYS * DAY_SECONDS)), moment
    )
