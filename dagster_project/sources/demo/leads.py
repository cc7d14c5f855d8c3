"""How a deal starts: when, in which pipeline, for whom, with which manager and campaign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dagster_project.sources.demo import clock, truths
from dagster_project.sources.demo.arrays import NEVER, NONE, Flags, Floats, Ints, pick, stream
from dagster_project.sources.demo.company import (
    CAMPAIGNS,
    PIPELINES,
    USERS,
    WITHOUT_CAMPAIGN,
)
from dagster_project.sources.demo.world import World

AROUND_THE_CLOCK = 0.15
"""Share of deals born and moved at any hour: site forms, the robot."""
NEW_CUSTOMER = 0.8
"""Share of new-business deals that bring a new customer."""
KNOWN_BEFORE = 0.10
"""Customers from before the history starts, as a share of deals."""
WITHOUT_CUSTOMER = 0.004
WITHOUT_MANAGER = 0.003

_MAIN, _REPEAT = truths.MAIN_PIPELINE - 1, truths.REPEAT_PIPELINE - 1
_WEIGHTS = np.array([user.weight for user in USERS])
_HIRED = np.array([clock.seconds(user.hired_at) for user in USERS])
_LEFT = np.array([clock.seconds(u.dismissed_at) if u.dismissed_at else NEVER for u in USERS])
USER_IDS = np.array([user.user_id for user in USERS])
CAMPAIGN_STARTS = np.array([clock.seconds(campaign.started_at) for campaign in CAMPAIGNS])


@dataclass(frozen=True)
class Leads:
    """One slice's deals in order of creation; all indices are into this slice or company.py."""

    deal_id: Ints
    arrived_at: Ints
    """Moment of creation before working hours are applied: what paths are counted from."""
    around_the_clock: Flags
    pipeline: Ints
    customer: Ints
    """Index of the slice's customer; NONE for repeat deals: they need somebody who bought."""
    known_customers: int
    new_customers: int
    manager: Ints
    campaign: Ints
    lead_source: Ints
    size: Floats
    """How big a buyer is, in standard deviations."""
    without_customer: Flags
    without_manager: Flags
    """The CRM's row does not say; the deal is as real as any other."""


def choose_managers(rng: np.random.Generator, at: Ints) -> Ints:
    """A selling manager (index into USERS) who works for the company at that moment."""
    chosen = pick(rng, _WEIGHTS, len(at))
    always = np.where((_LEFT == NEVER) & (clock.START >= _HIRED), _WEIGHTS, 0)
    absent = (at < _HIRED[chosen]) | (at >= _LEFT[chosen])
    chosen[absent] = pick(rng, always, int(absent.sum()))
    return chosen


def start_leads(world: World, number: int) -> Leads:
    """The deals of slice `number`: every `world.slices`-th deal of the company."""
    rng = stream(world.seed, number, "leads")
    index = np.arange(number, world.deals, world.slices)
    n = len(index)
    arrived_at = clock.moments_at((index + rng.random(n)) / world.deals)
    pipeline = _choose_pipelines(rng, arrived_at)
    customer, known, new = _choose_customers(rng, pipeline)
    manager = choose_managers(rng, arrived_at)
    tiny_deals = [world.deals * share // 100 for share in (31, 52, 74)][: truths.TINY_MANAGER_DEALS]
    manager[np.isin(index, tiny_deals)] = np.flatnonzero(USER_IDS == truths.TINY_MANAGER)[0]
    campaign = _choose_campaigns(rng, pipeline, arrived_at)
    lead_source = np.where(campaign != NONE, 0, rng.integers(1, 4, n))
    lead_source[pipeline == _REPEAT] = 4
    return Leads(
        deal_id=index + 1,
        arrived_at=arrived_at,
        around_the_clock=rng.random(n) < AROUND_THE_CLOCK,
        pipeline=pipeline,
        customer=customer,
        known_customers=known,
        new_customers=new,
        manager=manager,
        campaign=campaign,
        lead_source=lead_source,
        size=rng.standard_normal(n),
        without_customer=rng.random(n) < WITHOUT_CUSTOMER,
        without_manager=(rng.random(n) < WITHOUT_MANAGER) & (_WEIGHTS[manager] > 0),
    )


def _choose_pipelines(rng: np.random.Generator, at: Ints) -> Ints:
    pipeline = pick(rng, np.array([pipeline.share for pipeline in PIPELINES]), len(at))
    quiet_from, quiet_to = clock.quiet_month()
    shut = (pipeline == truths.QUIET_PIPELINE - 1) & (at >= quiet_from) & (at < quiet_to)
    pipeline[shut] = _MAIN
    return pipeline


def _choose_customers(rng: np.random.Generator, pipeline: Ints) -> tuple[Ints, int, int]:
    """New-business deals bring new customers or come from any customer known by then."""
    n = len(pipeline)
    known = max(3, int(n * KNOWN_BEFORE))
    is_new = (pipeline != _REPEAT) & (rng.random(n) < NEW_CUSTOMER)
    so_far = known + np.cumsum(is_new)
    existing = (rng.random(n) * (so_far - is_new)).astype(np.int64)
    customer = np.where(is_new, so_far - 1, existing)
    return np.where(pipeline == _REPEAT, NONE, customer), known, int(is_new.sum())


def _choose_campaigns(rng: np.random.Generator, pipeline: Ints, at: Ints) -> Ints:
    n = len(at)
    campaign = pick(rng, np.array([campaign.weight for campaign in CAMPAIGNS]), n)
    none = (rng.random(n) < WITHOUT_CAMPAIGN) | (at < CAMPAIGN_STARTS[campaign])
    return np.where(none | (pipeline == _REPEAT), NONE, campaign)
