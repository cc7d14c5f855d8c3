"""Pace and quota: what a CRM allows is kept to, across runs too."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from dagster_project.sources.rest.errors import QuotaExhaustedError
from dagster_project.sources.rest.policy import RateLimiter
from dagster_project.sources.rest.quota import DailyQuota


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@pytest.mark.parametrize(("rate", "burst"), [(2.0, 1), (2.0, 40), (7.0, 7)])
def test_rate_limiter_never_exceeds_burst_plus_rate_in_any_interval(
    rate: float, burst: int
) -> None:
    clock = Clock()
    limiter = RateLimiter(rate, burst, clock, clock.sleep)
    sent = []
    for _ in range(burst + 60):
        limiter.acquire()
        sent.append(clock.now)
    assert sent[burst - 1] == sent[0], "the burst goes at once"
    for first in range(len(sent)):
        for last in range(first, len(sent)):
            allowed = burst + rate * (sent[last] - sent[first]) + 1e-6
            assert last - first + 1 <= allowed
    assert sent[-1] == pytest.approx(100 + 60 / rate)


def test_rate_limiter_saves_up_no_more_than_its_burst() -> None:
    clock = Clock()
    limiter = RateLimiter(2.0, 3, clock, clock.sleep)
    clock.now += 3600
    for _ in range(4):
        limiter.acquire()
    assert clock.now == pytest.approx(3700 + 0.5)


def test_quota_is_counted_across_runs_and_refuses_before_sending(tmp_path: Path) -> None:
    path = tmp_path / "quota" / "crm.json"
    DailyQuota("crm", path, 3).spend()
    again = DailyQuota("crm", path, 3)
    again.spend()
    again.spend()
    with pytest.raises(QuotaExhaustedError, match=r"crm: the 3 requests allowed a day"):
        again.spend()
    assert DailyQuota("crm", path, None).used == 3


def test_quota_begins_anew_each_day(tmp_path: Path) -> None:
    today = date(2026, 3, 1)
    quota = DailyQuota("crm", tmp_path / "crm.json", 1, lambda: today)
    quota.spend()
    today += timedelta(days=1)
    assert quota.used == 0
    quota.spend()
    assert quota.used == 1
