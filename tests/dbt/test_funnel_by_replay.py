"""Flow, bridge and stalled deals are what replaying the history deal by deal in Python gives."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dagster_project.sources.demo import truths
from tests.dbt.basket_core import query

COMPANIES = ["demo_statistics", "bank_statistics"]
ZONE = ZoneInfo("Europe/Moscow")
MOVES = ("advanced", "lost", "moved_back", "moved_pipeline")

Stage = tuple[str, str]


@pytest.fixture(scope="module", params=COMPANIES)
def company(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


def month_of(moment: datetime) -> date:
    """First day of the month in the reporting time zone, by the time zone database."""
    return moment.replace(tzinfo=UTC).astimezone(ZONE).date().replace(day=1)


def next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def replayed_flow(path: Path) -> dict[tuple[Stage, date], tuple[int, ...]]:
    """(stage, month) -> opening, entered, ways of leaving, closing; every stay walked through."""
    ((complete_to,),) = query(path, "select complete_to from core.dim_sources")
    entered: Counter[tuple[Stage, date]] = Counter()
    left: Counter[tuple[Stage, date, str]] = Counter()
    first: dict[str, date] = {}
    stays = query(
        path,
        "select pipeline_id, stage_id, entered_at, left_at, exit_kind from core.fct_stage_stays",
    )
    assert len(stays) > 30_000
    for pipeline, stage, entered_at, left_at, exit_kind in stays:
        month = month_of(entered_at)
        first[pipeline] = min(first.get(pipeline, month), month)
        entered[(pipeline, stage), month] += 1
        if left_at is not None:
            left[(pipeline, stage), month_of(left_at), exit_kind] += 1
    flow = {}
    for stage in {stage for stage, _ in entered}:
        month, standing = first[stage[0]], 0
        while month <= month_of(complete_to):
            out = [left[stage, month, move] for move in MOVES]
            closing = standing + entered[stage, month] - sum(out)
            flow[stage, month] = (standing, entered[stage, month], *out, closing)
            month, standing = next_month(month), closing
    return flow


def test_flow_is_the_replay_of_all_stays(company: Path) -> None:
    rows = query(
        company,
        f"select pipeline_id, stage_id, month, opening, entered, {', '.join(MOVES)}, closing"
        " from marts.funnel_flow",
    )
    flow = {((pipeline, stage), month): tuple(numbers) for pipeline, stage, month, *numbers in rows}
    assert flow == replayed_flow(company)


def test_bridge_begins_with_every_time_a_deal_was_won(company: Path) -> None:
    """In both companies winning is an event of its own, never twice in a row."""
    wins = Counter(
        (pipeline, month_of(entered_at))
        for pipeline, entered_at in query(
            company,
            "select pipeline_id, entered_at from core.fct_stage_entries where kind = 'won'",
        )
    )
    rows = query(
        company,
        "select pipeline_id, month, deals from marts.funnel_bridge"
        " where line = 'wins_in_month' and deals > 0",
    )
    assert {(pipeline, month): deals for pipeline, month, deals in rows} == wins


def test_bridge_of_the_demo_company_undoes_its_reopened_wins(demo_statistics: Path) -> None:
    ((undone,),) = query(
        demo_statistics,
        "select -sum(deals) from marts.funnel_bridge where line = 'reopened_since'",
    )
    ((won_events, won_deals),) = query(
        demo_statistics,
        "select (select count(*) from core.fct_stage_entries where kind = 'won'), count(*)"
        " from core.fct_deals where outcome = 'won'",
    )
    assert undone == won_events - won_deals
    assert undone > 50


def stalled_by_numpy(path: Path) -> list[tuple[str, float, float]]:
    """(deal, days, threshold) of every stalled deal, in no order."""
    ((complete_to,),) = query(path, "select complete_to from core.dim_sources")
    stays = query(
        path,
        "select s.deal_id, s.pipeline_id, s.stage_id, s.entered_at, s.days, s.exit_kind, d.outcome"
        " from core.fct_stage_stays as s join core.fct_deals as d using (deal_id, pipeline_id)",
    )
    won: dict[Stage, list[float]] = defaultdict(list)
    for _, pipeline, stage, _, days, _, outcome in stays:
        if outcome == "won" and days is not None:
            won[pipeline, stage].append(days)
    limits = {stage: float(np.percentile(days, 90)) for stage, days in won.items()}
    assert min(len(days) for days in won.values()) >= 20, "no stage falls back on other stays"
    stalled = []
    for deal, pipeline, stage, entered_at, _, exit_kind, outcome in stays:
        days = (complete_to - entered_at) / timedelta(days=1)
        if outcome == "open" and exit_kind is None and days > limits[pipeline, stage]:
            stalled.append((deal, days, limits[pipeline, stage]))
    return stalled


def test_stalled_deals_are_those_beyond_numpys_percentile(company: Path) -> None:
    rows = query(company, "select deal_id, days, threshold_days from marts.stalled_deals")
    expected = sorted(stalled_by_numpy(company))
    assert len(expected) > 50
    assert [row[0] for row in sorted(rows)] == [deal for deal, *_ in expected]
    for row, (deal, *numbers) in zip(sorted(rows), expected, strict=True):
        assert row[1:] == pytest.approx(numbers, rel=1e-9), deal


def test_stalled_deals_begin_with_the_largest_amount(company: Path) -> None:
    amounts: list[Any] = [
        amount
        for (amount,) in query(
            company, "select amount from marts.stalled_deals order by amount_rank"
        )
    ]
    known = [amount for amount in amounts if amount is not None]
    assert known == sorted(known, reverse=True)
    assert amounts[: len(known)] == known


def test_payment_gaps_find_the_manager_who_forgets_invoices(demo_statistics: Path) -> None:
    """Planted: never sends 60% of invoices, everybody else forgets 2%."""
    rows = query(
        demo_statistics,
        "select manager_id, count(*) filter (where cause = 'invoice_not_sent'), count(*)"
        " from marts.payment_gaps where manager_id is not null group by 1 order by 2 desc",
    )
    (manager, forgotten, gaps), *others = rows
    assert manager == truths.key(truths.FORGETFUL_MANAGER)
    assert len(others) > 10
    assert forgotten > 5 * max(other for _, other, _ in others)
    assert forgotten > 0.75 * gaps
    shares = [other / of_all for _, other, of_all in others if of_all >= 20]
    assert max(shares) < 0.4


def test_payment_gaps_of_the_demo_company_have_every_cause(demo_statistics: Path) -> None:
    causes = dict(
        query(demo_statistics, "select cause, count(*) from marts.payment_gaps group by 1")
    )
    assert set(causes) == {
        "invoice_not_sent",
        "invoice_sent_late",
        "competitor",
        "invoice_overdue",
        "other_reason",
        "in_time",
    }
    assert min(causes.values()) > 20
