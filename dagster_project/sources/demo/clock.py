"""When things happen: seasons, weekends, working hours. Moments are UTC seconds since 1970."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from dagster_project.sources.demo import truths
from dagster_project.sources.demo.arrays import DAY_SECONDS, NEVER, Flags, Floats, Ints

START = int(truths.HISTORY_START.timestamp())
END = int(truths.HISTORY_END.timestamp())
DAYS = (END - START) // DAY_SECONDS

_MONTH_WEIGHTS = (0.60, 0.75, 0.80, 0.85, 0.85, 0.90, 0.90, 1.10, 1.40, 1.55, 1.35, 0.95)
_WEEKEND_WEIGHT = 0.25
_GROWTH = 0.4
"""The last day is this much busier than the first."""


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _day_weights() -> Floats:
    days = np.arange(DAYS) + np.datetime64(truths.HISTORY_START.date())
    month = days.astype("datetime64[M]").astype(int) % 12
    weekend = (days.astype(int) + 3) % 7 >= 5
    season = np.array(_MONTH_WEIGHTS)[month]
    growth = 1 + _GROWTH * np.arange(DAYS) / DAYS
    return np.asarray(season * growth * np.where(weekend, _WEEKEND_WEIGHT, 1.0))


DAY_WEIGHTS = _day_weights()
_EDGES = np.concatenate([[0.0], np.cumsum(DAY_WEIGHTS) / DAY_WEIGHTS.sum()])


def moments_at(quantiles: Floats) -> Ints:
    """The moments by which the given shares (0..1) of two years' business had come in."""
    return (START + np.interp(quantiles, _EDGES, np.arange(DAYS + 1)) * DAY_SECONDS).astype(
        np.int64
    )


def at_work(moment: Ints, around_the_clock: Flags) -> Ints:
    """Squeeze each day into 06:00-16:00 UTC (09:00-19:00 in Moscow), keeping the order of moments.

    Rows `around_the_clock` (site forms, robots) stay: near midnight their day depends on the
    time zone.
    """
    day, second = np.divmod(moment, DAY_SECONDS)
    worked = day * DAY_SECONDS + DAY_SECONDS // 4 + second * 10 // 24
    return np.asarray(np.where(around_the_clock | (moment >= NEVER), moment, worked))


def quiet_month() -> tuple[int, int]:
    """The quiet month with a day on either side, so that it is quiet in every time zone."""
    first = truths.QUIET_MONTH
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    start = datetime(first.year, first.month, 1, tzinfo=UTC)
    end = datetime(following.year, following.month, 1, tzinfo=UTC)
    return seconds(start) - DAY_SECONDS, seconds(end) + DAY_SECONDS
