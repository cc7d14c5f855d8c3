"""What becomes of each deal: its path, owner, invoice, reason of loss, deletion.

Effects are log-odds added to a stage's usual pass rate; the planted ones come from truths.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dagster_project.sources.demo import truths
from dagster_project.sources.demo.arrays import (
    DAY_SECONDS,
    NEVER,
    NONE,
    Flags,
    Ints,
    lognormal_days,
    pick,
    stream,
)
from dagster_project.sources.demo.clock import at_work
from dagster_project.sources.demo.company import (
    CAMPAIGNS,
    LOSS_REASONS,
    PIPELINES,
    WITHOUT_REASON,
    Pipeline,
)
from dagster_project.sources.demo.leads import USER_IDS, Leads, choose_managers, start_leads
from dagster_project.sources.demo.paths import Paths, outcomes, walk
from dagster_project.sources.demo.world import World

SENT, SENT_LATE, NEVER_SENT = 0, 1, 2
_LATE_INVOICES = 0.07
_LATE_INVOICE_PASS_RATE = 0.6
CHANGED_PIPELINE = 0.03
HANDED_OVER = 0.05
_TRASHED_SHARE = 0.010
_REMOVED_SHARE, _MERGED_SHARE = 0.030, 0.030
"""Of deals that never had an order."""
KEPT, TRASHED, REMOVED, MERGED = 0, 1, 2, 3
"""A trashed deal stays visible with a mark; a removed or merged one is only in the deletion log."""


@dataclass(frozen=True)
class Events:
    """Stage history, in order of deal and time; `deal` is an index into the slice."""

    deal: Ints
    sequence: Ints
    pipeline_id: Ints
    stage_id: Ints
    at: Ints


@dataclass(frozen=True)
class Deals:
    """The whole story of a slice's deals, seen from no moment. NEVER = did not happen."""

    leads: Leads
    customer: Ints
    created_at: Ints
    events: Events
    quote_at: Ints
    ordered_at: Ints
    """Reached the quote stage or beyond: when the order's lines are written down."""
    agreement_at: Ints
    invoice_stage_at: Ints
    paid_at: Ints
    won_at: Ints
    ended_at: Ints
    invoice: Ints
    invoice_lag_days: Ints
    loss_reason: Ints
    new_manager: Ints
    handed_over_at: Ints
    deletion: Ints
    deleted_at: Ints
    merged_into: Ints

    def __len__(self) -> int:
        return len(self.created_at)


def live_deals(world: World, number: int) -> Deals:
    """Live through the deals of slice `number`."""
    leads = start_leads(world, number)
    rng = stream(world.seed, number, "deals")
    n = len(leads.deal_id)
    invoice = _invoices(rng, leads)
    lag = _invoice_lags(rng, invoice)
    moments = {
        name: np.full(n, NEVER)
        for name in ("quote", "ordered", "agreement", "invoice", "paid", "won", "ended")
    }
    after_quote = np.zeros(n, dtype=np.int64)
    parts = []
    for p, pipeline in enumerate(PIPELINES):
        rows = np.flatnonzero(leads.pipeline == p)
        paths, band = _walk_pipeline(rng, pipeline, leads, rows, invoice[rows], lag[rows])
        after_quote[rows] = band
        quote, agreement = pipeline.index_of("QUOTE"), pipeline.index_of("AGREEMENT")
        paid = pipeline.index_of("PAID")
        assert quote is not None
        assert paid is not None
        moments["quote"][rows] = paths.entered(quote)
        moments["ordered"][rows] = paths.reached(quote)
        moments["paid"][rows] = paths.reached(paid)
        moments["won"][rows] = paths.first_won()
        moments["ended"][rows] = paths.last_at
        if agreement is not None:
            moments["agreement"][rows] = paths.entered(agreement)
        moments["invoice"][rows] = paths.entered(quote if agreement is None else agreement)
        parts.append(_events(rng, pipeline, paths, rows))

    events = _merge_events(parts, leads.around_the_clock)
    moments = {name: at_work(at, leads.around_the_clock) for name, at in moments.items()}
    created_at = at_work(leads.arrived_at, leads.around_the_clock)
    new_manager, handed_over_at = _hand_over(rng, leads, created_at, moments["ended"])
    deletion, deleted_at, merged_into = _delete(rng, leads, created_at, moments)
    return Deals(
        leads=leads,
        customer=_returning_customers(rng, leads, created_at, moments["won"]),
        created_at=created_at,
        events=events,
        quote_at=moments["quote"],
        ordered_at=moments["ordered"],
        agreement_at=moments["agreement"],
        invoice_stage_at=moments["invoice"],
        paid_at=moments["paid"],
        won_at=moments["won"],
        ended_at=moments["ended"],
        invoice=invoice,
        invoice_lag_days=lag,
        loss_reason=_loss_reasons(rng, after_quote),
        new_manager=new_manager,
        handed_over_at=handed_over_at,
        deletion=deletion,
        deleted_at=deleted_at,
        merged_into=merged_into,
    )


def _invoices(rng: np.random.Generator, leads: Leads) -> Ints:
    """Whether this deal's invoice will be sent, once it comes to that."""
    forgets = USER_IDS[leads.manager] == truths.FORGETFUL_MANAGER
    never = np.where(forgets, truths.FORGOTTEN_INVOICES, truths.USUALLY_FORGOTTEN_INVOICES)
    draw = rng.random(len(never))
    late = draw < never + _LATE_INVOICES
    return np.where(draw < never, NEVER_SENT, np.where(late, SENT_LATE, SENT))


def _invoice_lags(rng: np.random.Generator, invoice: Ints) -> Ints:
    """Whole days between entering the stage and writing the invoice."""
    usual, late = rng.integers(0, 3, len(invoice)), rng.integers(15, 41, len(invoice))
    return np.where(invoice == SENT_LATE, late, np.where(invoice == SENT, usual, 0))


def _walk_pipeline(
    rng: np.random.Generator,
    pipeline: Pipeline,
    leads: Leads,
    rows: Ints,
    invoice: Ints,
    lag: Ints,
) -> tuple[Paths, Ints]:
    """One pipeline's paths, and whether each ends before (0), at (1), after (2) the quote."""
    n = len(rows)
    quote = pipeline.index_of("QUOTE")
    agreement = pipeline.index_of("AGREEMENT")
    assert quote is not None
    base = np.array([stage.pass_rate for stage in pipeline.stages])
    logit = np.tile(np.log(base / (1 - base)), (n, 1))
    stay = np.column_stack([lognormal_days(rng, s.median_days, n) for s in pipeline.stages])

    quality = np.array([campaign.logit for campaign in CAMPAIGNS] + [0.0])[leads.campaign[rows]]
    logit[:, :quote] += quality[:, None]
    log_stay = np.log(stay[:, quote])
    logit[:, quote] += truths.SPEED_LOGIT * (log_stay - log_stay.mean()) / max(log_stay.std(), 1e-9)
    logit[:, quote] -= 0.1 * leads.size[rows]
    for truth in (truths.STRONG_MANAGER, truths.WEAK_MANAGER):
        if truth.stage_id // 10 == pipeline.pipeline_id:
            at = [stage.stage_id for stage in pipeline.stages].index(truth.stage_id)
            logit[USER_IDS[leads.manager[rows]] == truth.manager_id, at] += truth.logit

    pass_rate = 1 / (1 + np.exp(-logit))
    if agreement is not None:
        pass_rate[invoice == SENT_LATE, agreement] = _LATE_INVOICE_PASS_RATE
        pass_rate[invoice == NEVER_SENT, agreement] = truths.UNSENT_INVOICE_PASS_RATE
    stay[:, quote if agreement is None else agreement] += lag
    outcome = outcomes(rng, pass_rate)
    paths = walk(rng, pipeline, leads.arrived_at[rows], outcome, stay)
    return paths, np.sign(outcome.furthest - quote) + 1


def _events(rng: np.random.Generator, pipeline: Pipeline, paths: Paths, rows: Ints) -> Events:
    """Flatten the paths; a few of the main pipeline's deals move to the dealers' pipeline."""
    pipeline_ids = np.full(paths.stage_id.shape, pipeline.pipeline_id)
    stage_ids = paths.stage_id
    if pipeline.pipeline_id == truths.MAIN_PIPELINE:
        dealers = PIPELINES[truths.DEALER_PIPELINE - 1]
        turned = paths.used[:, 6] & (rng.random(len(rows)) < CHANGED_PIPELINE)
        moved = turned[:, None] & (np.arange(stage_ids.shape[1]) >= 6)
        pipeline_ids = np.where(moved, dealers.pipeline_id, pipeline_ids)
        twin = {
            stage.stage_id: dealers.stages[index].stage_id
            for stage in pipeline.stages
            if (index := dealers.index_of(stage.code)) is not None
        }
        twin |= {pipeline.won_stage: dealers.won_stage, pipeline.lost_stage: dealers.lost_stage}
        lookup = np.arange(max(twin) + 1)
        lookup[list(twin)] = list(twin.values())
        stage_ids = np.where(moved, lookup[stage_ids], stage_ids)
    deal, slot = np.nonzero(paths.used)
    sequence = np.cumsum(paths.used, axis=1, dtype=np.int64)[deal, slot]
    return Events(
        rows[deal],
        sequence,
        pipeline_ids[deal, slot],
        stage_ids[deal, slot],
        paths.entered_at[deal, slot],
    )


def _merge_events(parts: list[Events], around_the_clock: Flags) -> Events:
    deal = np.concatenate([part.deal for part in parts])
    order = np.argsort(deal, kind="stable")
    deal = deal[order]
    at = np.concatenate([part.at for part in parts])[order]
    return Events(
        deal,
        np.concatenate([part.sequence for part in parts])[order],
        np.concatenate([part.pipeline_id for part in parts])[order],
        np.concatenate([part.stage_id for part in parts])[order],
        at_work(at, around_the_clock[deal]),
    )


def _returning_customers(
    rng: np.random.Generator, leads: Leads, created_at: Ints, won_at: Ints
) -> Ints:
    """A repeat deal is with a customer known before the history, or one who has bought by then."""
    bought = np.flatnonzero((leads.customer != NONE) & (won_at < NEVER))
    bought = bought[np.argsort(won_at[bought], kind="stable")]
    pool = np.concatenate([np.arange(leads.known_customers), leads.customer[bought]])
    open_to = leads.known_customers + np.searchsorted(won_at[bought], created_at)
    returning = pool[(rng.random(len(created_at)) * open_to).astype(np.int64)]
    return np.where(leads.customer == NONE, returning, leads.customer)


def _loss_reasons(rng: np.random.Generator, after_quote: Ints) -> Ints:
    """Index into LOSS_REASONS, NONE where nobody wrote it down."""
    reason = np.zeros(len(after_quote), dtype=np.int64)
    for band in range(3):
        rows = np.flatnonzero(after_quote == band)
        reason[rows] = pick(rng, np.array([r.weights[band] for r in LOSS_REASONS]), len(rows))
    return np.where(rng.random(len(reason)) < WITHOUT_REASON, NONE, reason)


def _hand_over(
    rng: np.random.Generator, leads: Leads, created_at: Ints, ended_at: Ints
) -> tuple[Ints, Ints]:
    """Some deals change owner between two stage changes, at any moment of their life."""
    n = len(created_at)
    life = np.minimum(ended_at - created_at, 90 * DAY_SECONDS)
    at = created_at + 1 + (rng.random(n) * life).astype(np.int64)
    new_manager = choose_managers(rng, at)
    happens = rng.random(n) < HANDED_OVER
    happens &= (USER_IDS[leads.manager] != truths.TINY_MANAGER) & (new_manager != leads.manager)
    return np.where(happens, new_manager, leads.manager), np.where(happens, at, NEVER)


def _delete(
    rng: np.random.Generator, leads: Leads, created_at: Ints, moments: dict[str, Ints]
) -> tuple[Ints, Ints, Ints]:
    """Trash any deal; remove or merge (duplicates) only deals that never had an order."""
    n = len(created_at)
    draw = rng.random(n)
    early = moments["ordered"] >= NEVER
    deletion = np.full(n, KEPT)
    removed = draw - _TRASHED_SHARE
    merged = removed - _REMOVED_SHARE
    deletion[removed < 0] = TRASHED
    deletion[(removed >= 0) & (merged < 0) & early] = REMOVED
    deletion[(merged >= 0) & (merged < _MERGED_SHARE) & early] = MERGED
    deletion[USER_IDS[leads.manager] == truths.TINY_MANAGER] = KEPT
    deletion[0] = KEPT
    after = (rng.random(n) * 60 * DAY_SECONDS).astype(np.int64) + 3_600
    survivors = np.maximum.accumulate(np.where(deletion == KEPT, np.arange(n), 0))
    merged_into = np.where(deletion == MERGED, survivors, NONE)
    return deletion, np.where(deletion == KEPT, NEVER, created_at + after), merged_into
