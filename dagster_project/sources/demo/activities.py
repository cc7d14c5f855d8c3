"""Calls, letters and meetings of each deal, and a few planned far ahead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dagster_project.sources.demo.arrays import DAY_SECONDS, Ints, pick, stream
from dagster_project.sources.demo.clock import at_work
from dagster_project.sources.demo.deals import Deals
from dagster_project.sources.demo.world import World

KINDS = ("call", "email", "meeting", "task")
_WEIGHTS = np.array([0.5, 0.3, 0.08, 0.12])
MEAN_PER_DEAL = 3.0
PLANNED_AHEAD = 0.003
PLANNED_AHEAD_DAYS = 365


@dataclass(frozen=True)
class Activities:
    """Activities of a slice. `noted_at` is when the CRM got it, `happens_at` what it says."""

    activity_id: Ints
    deal: Ints
    kind: Ints
    noted_at: Ints
    happens_at: Ints


def do_activities(world: World, number: int, deals: Deals) -> Activities:
    """Spread activities evenly over each deal's life."""
    rng = stream(world.seed, number, "activities")
    deal = np.repeat(np.arange(len(deals)), rng.poisson(MEAN_PER_DEAL, len(deals)))
    n = len(deal)
    life = (deals.ended_at - deals.created_at)[deal]
    day_and_night = np.zeros(n, dtype=bool)
    noted_at = at_work(
        deals.created_at[deal] + (rng.random(n) * life).astype(np.int64), day_and_night
    )
    noted_at = np.maximum(noted_at, deals.created_at[deal])
    ahead = np.where(rng.random(n) < PLANNED_AHEAD, PLANNED_AHEAD_DAYS * DAY_SECONDS, 0)
    return Activities(
        activity_id=number + world.slices * np.arange(n) + 1,
        deal=deal,
        kind=pick(rng, _WEIGHTS, n),
        noted_at=noted_at,
        happens_at=noted_at + ahead,
    )
