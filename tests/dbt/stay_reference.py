"""Survival of stays worked out the plain way, moment by moment: what the SQL must agree with."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.dbt.basket_core import query

HORIZONS = (7, 30, 90)

ADVANCED, LEFT, OPEN = 1, 2, 0

Key = tuple[str, str | None, object]
"""Stage, manager (None = all) and quarter (None = all time)."""


@dataclass(frozen=True)
class Stays:
    """Stays of one group: their `days`, and how each ended (ADVANCED, LEFT, OPEN)."""

    days: NDArray[np.float64]
    exits: NDArray[np.int64]

    @property
    def is_tie_free(self) -> bool:
        left = self.days[self.exits != OPEN]
        return len(np.unique(left)) == len(left)

    def is_known_at(self, horizon: float) -> bool:
        """Whether somebody was watched that long, or nobody is left to watch."""
        longest = self.days.max()
        return bool(longest >= horizon or (self.exits[self.days == longest] != OPEN).all())


@dataclass(frozen=True)
class Curve:
    """First day with survival of one half or less (None = never), and the chance of advancing."""

    median: float | None
    advanced: dict[int, Fraction | float]


def survival(stays: Stays, exact: bool = False) -> Curve:
    """Kaplan-Meier and Aalen-Johansen from their definitions, in doubles or in exact fractions."""
    one: Fraction | float = Fraction(1) if exact else 1.0
    surviving, median = one, None
    advanced = dict.fromkeys(HORIZONS, one * 0)
    for day in np.unique(stays.days[stays.exits != OPEN]):
        at_risk = int((stays.days >= day).sum())
        leaving = int(((stays.days == day) & (stays.exits != OPEN)).sum())
        advancing = int(((stays.days == day) & (stays.exits == ADVANCED)).sum())
        for horizon in HORIZONS:
            if day <= horizon:
                advanced[horizon] += surviving * advancing / at_risk
        surviving = surviving * (at_risk - leaving) / at_risk
        if median is None and surviving <= (Fraction(1, 2) if exact else 0.5 + 1e-9):
            median = float(day)
    return Curve(median, advanced)


def read_stays(warehouse: Path) -> dict[Key, Stays]:
    """Every group of stays, from the core: stage, its managers and its quarters of entering."""
    rows = query(
        warehouse,
        """
        select
            stays.pipeline_id || ' ' || stays.stage_id,
            stays.manager_id,
            cast(date_trunc(
                'quarter', (stays.entered_at at time zone 'UTC') at time zone 'Europe/Moscow'
            ) as date),
            coalesce(
                stays.days, epoch(sources.complete_to - stays.entered_at) / 86400.0
            ) as days,
            case
                when stays.exit_kind is null then 0 when stays.exit_kind = 'advanced' then 1 else 2
            end
        from core.fct_stage_stays as stays
        inner join core.dim_sources as sources using (source)
        where stays.days is not null
            or (stays.exit_kind is null and stays.entered_at <= sources.complete_to)
        """,
    )
    groups: dict[Key, list[tuple[float, int]]] = {}
    for stage, manager, quarter, days, left in rows:
        for key in {
            (stage, None, None),
            (stage, None, quarter),
            *([(stage, manager, None), (stage, manager, quarter)] if manager else []),
        }:
            groups.setdefault(key, []).append((days, left))
    return {
        key: Stays(np.array([days for days, _ in stays]), np.array([left for _, left in stays]))
        for key, stays in groups.items()
    }
