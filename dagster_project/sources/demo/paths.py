"""The way of each deal through its pipeline: which stages it enters, and when.

A path is a row of slots in time order. Stage k has three slots: entered, stepped back to stage k-1,
and entered again; then come the end, a reopening and the second end. Slots a deal does not use are
masked, so a whole pipeline is built with array operations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dagster_project.sources.demo.arrays import (
    DAY_SECONDS,
    NEVER,
    Flags,
    Floats,
    Ints,
    lognormal_days,
)
from dagster_project.sources.demo.company import Pipeline

SKIPPED = 0.03
STEPPED_BACK = 0.08
LOST_AFTER_STEP_BACK = 0.35
REOPENED = 0.015
REOPENED_THEN_LOST = 0.4
CREATED_AS_WON = 0.006
SAME_SECOND = 0.012
STUCK = 0.05
STUCK_FACTOR = 15.0


@dataclass(frozen=True)
class Outcome:
    """How each deal ends: `furthest` open stage reached (index), and whether it was won."""

    furthest: Ints
    won: Flags


@dataclass(frozen=True)
class Paths:
    """Slots of each deal: `stage_id`, `entered_at`, and `used`; rows are deals, in time order."""

    stage_id: Ints
    entered_at: Ints
    used: Flags
    stages: int

    def entered(self, index: int) -> Ints:
        """When each deal first entered open stage `index`; NEVER if it did not or skipped it."""
        return np.where(self.used[:, 3 * index], self.entered_at[:, 3 * index], NEVER)

    def reached(self, index: int) -> Ints:
        """When each deal first entered open stage `index` or a later one, or was won."""
        slots = [3 * k for k in range(index, self.stages)]
        moments: Ints = np.where(self.used[:, slots], self.entered_at[:, slots], NEVER)
        return np.asarray(np.minimum(moments.min(axis=1), self.first_won()))

    def first_won(self) -> Ints:
        end = 3 * self.stages
        won = self.used[:, end] & (self.stage_id[:, end] % 10 == 8)
        return np.where(won, self.entered_at[:, end], NEVER)

    @property
    def last_at(self) -> Ints:
        """When the story ends."""
        return np.asarray(np.where(self.used, self.entered_at, 0).max(axis=1))


def outcomes(rng: np.random.Generator, pass_rate: Floats) -> Outcome:
    """Each deal goes on from stage k with its own `pass_rate[:, k]` until it fails once."""
    failed = rng.random(pass_rate.shape) >= pass_rate
    lost: Flags = np.asarray(failed.any(axis=1))
    furthest = np.where(lost, failed.argmax(axis=1), pass_rate.shape[1] - 1)
    return Outcome(furthest.astype(np.int64), ~lost)


def walk(
    rng: np.random.Generator,
    pipeline: Pipeline,
    created_at: Ints,
    outcome: Outcome,
    stay_days: Floats,
) -> Paths:
    """Lay out every deal's slots; `stay_days[:, k]` is the time it takes to leave stage k."""
    n, stages = stay_days.shape
    won, furthest = outcome.won, outcome.furthest
    width, end = 3 * stages + 3, 3 * stages
    stage_id = np.zeros((n, width), dtype=np.int64)
    used = np.zeros((n, width), dtype=bool)
    days = np.zeros((n, width))
    ids = [stage.stage_id for stage in pipeline.stages]

    for k in range(stages):
        entered, back, again = 3 * k, 3 * k + 1, 3 * k + 2
        stage_id[:, entered] = stage_id[:, again] = ids[k]
        stage_id[:, back] = ids[max(k - 1, 0)]
        used[:, entered] = furthest >= k
        days[:, entered] = stay_days[:, k]
        if 0 < k < stages - 1:
            used[:, entered] &= ~((furthest > k) & (rng.random(n) < SKIPPED))
        if k > 0:
            stepped = used[:, entered] & used[:, entered - 3] & (rng.random(n) < STEPPED_BACK)
            ends_there = stepped & ~won & (furthest == k) & (rng.random(n) < LOST_AFTER_STEP_BACK)
            used[:, back], used[:, again] = stepped, stepped & ~ends_there
            days[:, entered] *= np.where(stepped, 0.5, 1.0)
            days[:, back] = lognormal_days(rng, 2.0, n)
            days[:, again] = 0.5 * stay_days[:, k]

    stuck_at = (rng.random(n) * (furthest + 1)).astype(np.int64) * 3
    days[np.arange(n), stuck_at] *= np.where(rng.random(n) < STUCK, STUCK_FACTOR, 1.0)

    used[:, end] = True
    stage_id[:, end] = np.where(won, pipeline.won_stage, pipeline.lost_stage)
    reopened = won & (rng.random(n) < REOPENED)
    days[:, end] = rng.uniform(4, 40, n)
    used[:, end + 1] = used[:, end + 2] = reopened
    stage_id[:, end + 1] = ids[-1]
    days[:, end + 1] = rng.uniform(2, 15, n)
    lost_at_last = rng.random(n) < REOPENED_THEN_LOST
    stage_id[:, end + 2] = np.where(lost_at_last, pipeline.lost_stage, pipeline.won_stage)

    at_once = won & ~reopened & (rng.random(n) < CREATED_AS_WON / max(won.mean(), 0.01))
    used[at_once, :end] = False

    stays = np.where(used, (days * DAY_SECONDS).astype(np.int64) + 1, 0)
    hurried = (furthest > 0) & (rng.random(n) < SAME_SECOND)
    stays[hurried, 0] = 0
    entered_at = created_at[:, None] + np.cumsum(stays, axis=1) - stays
    return Paths(stage_id, entered_at, used, stages)
