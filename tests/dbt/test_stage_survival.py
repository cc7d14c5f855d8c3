"""How long stays last, and whether they lead on, is what other people's statistics say it is."""

from __future__ import annotations

import random
import warnings
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from statsmodels.stats.proportion import confint_proportions_2indep

from dagster_project.sources.demo import truths
from tests.dbt.basket_core import query, run_dbt
from tests.dbt.stay_reference import (
    ADVANCED,
    HORIZONS,
    LEFT,
    OPEN,
    Key,
    Stays,
    read_stays,
    survival,
)

COMPANIES = ["demo_statistics", "bank_statistics"]

Row = dict[str, Any]
Company = tuple[dict[Key, Stays], dict[Key, Row]]


def read_durations(warehouse: Path) -> dict[Key, Row]:
    """`stage_durations` by stage, manager and quarter."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute("select * from marts.stage_durations")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, values, strict=True)) for values in found.fetchall()]
    return {
        (f"{row['pipeline_id']} {row['stage_id']}", row["manager_id"], row["quarter"]): row
        for row in rows
    }


@pytest.fixture(params=COMPANIES)
def company(request: pytest.FixtureRequest) -> Company:
    """The stays of a company in the core, and what is published about them."""
    warehouse = request.getfixturevalue(request.param)
    return read_stays(warehouse), read_durations(warehouse)


def test_every_group_of_stays_is_published_and_counted(
    company: Company,
) -> None:
    stays, durations = company
    counted = {
        key: (int((group.exits != OPEN).sum()), int((group.exits == OPEN).sum()))
        for key, group in stays.items()
    }
    assert len(counted) > 20
    assert counted == {
        key: (row["finished_stays"], row["open_stays"]) for key, row in durations.items()
    }


def test_median_is_that_of_lifelines_kaplan_meier(
    company: Company,
) -> None:
    """Where the curve is at exactly one half, lifelines' product may stay a rounding error above it
    and give the next day; then ours must be the day it is within 1e-9 of one half.
    """
    stays, durations = company
    compared = 0
    for key, group in stays.items():
        if key[1] is not None and key[2] is not None and len(group.days) < 30:
            continue
        fitted = KaplanMeierFitter().fit(group.days, group.exits != OPEN)
        ours, theirs = durations[key]["survival_median_days"], fitted.median_survival_time_
        if ours is None:
            assert np.isinf(theirs), key
        elif abs(ours - theirs) > 1e-9:
            assert fitted.predict(ours) == pytest.approx(0.5, abs=1e-9), key
            assert ours < theirs, key
        compared += 1
    assert compared > 20


def test_chance_of_advancing_is_that_of_lifelines_aalen_johansen(
    company: Company,
) -> None:
    """lifelines moves tied exits apart at random, and loses an exit on day 0: so groups without
    ties, and both sides a day later.
    """
    stays, durations = company
    compared = 0
    for key, group in stays.items():
        if not group.is_tie_free or not (group.exits == ADVANCED).any() or len(group.days) < 10:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fitted = AalenJohansenFitter(calculate_variance=False)
            fitted.fit(group.days + 1, group.exits, event_of_interest=ADVANCED)
        curve = fitted.cumulative_density_.iloc[:, 0]
        for horizon in HORIZONS:
            published = durations[key][f"p_advance_{horizon}d"]
            if group.is_known_at(horizon):
                expected = curve[curve.index <= horizon + 1 + 1e-12].iloc[-1]
                assert published == pytest.approx(expected, abs=1e-9), (key, horizon)
                compared += 1
            else:
                assert published is None, (key, horizon)
    assert compared > 20


def test_chance_of_advancing_is_that_of_the_definition_ties_and_all(
    company: Company,
) -> None:
    stays, durations = company
    for key, group in stays.items():
        curve = survival(group)
        assert durations[key]["survival_median_days"] == (
            None if curve.median is None else pytest.approx(curve.median, abs=1e-9)
        ), key
        for horizon in HORIZONS:
            published = durations[key][f"p_advance_{horizon}d"]
            if group.is_known_at(horizon):
                assert published == pytest.approx(curve.advanced[horizon], abs=1e-9), (key, horizon)
            else:
                assert published is None, (key, horizon)


def test_speed_effect_and_its_interval_are_those_of_statsmodels(
    company: Company,
) -> None:
    _, durations = company
    compared = 0
    for key, row in durations.items():
        if row["speed_effect"] is None:
            assert not row["fast_stays"] or not row["slow_stays"], key
            continue
        fast, slow = row["fast_stays"], row["slow_stays"]
        low, high = confint_proportions_2indep(
            *(round(row["fast_conversion"] * fast), fast),
            *(round(row["slow_conversion"] * slow), slow),
            method="newcomb",
            compare="diff",
        )
        assert row["speed_effect"] == row["fast_conversion"] - row["slow_conversion"]
        assert row["speed_effect_low"] == pytest.approx(low, abs=1e-9), key
        assert row["speed_effect_high"] == pytest.approx(high, abs=1e-9), key
        compared += 1
    assert compared > 20


def test_tied_and_open_stays_are_estimated_exactly(tmp_path: Path) -> None:
    """Whole days, so that exits and open stays fall together, against exact fractions."""
    rng = random.Random(11)
    groups = {}
    for stage in range(1, 401):
        last_day = rng.choice([3, 10, 40, 120])
        weights = rng.choice([(5, 3, 2), (1, 1, 8), (8, 2, 0), (0, 2, 1)])
        size = rng.randint(1, 40)
        groups[stage] = Stays(
            np.array([float(rng.randint(0, last_day)) for _ in range(size)]),
            np.array(rng.choices([ADVANCED, LEFT, OPEN], weights, k=size)),
        )
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema intermediate")
        connection.execute(
            "create table intermediate.stay_observations (stage_key integer, manager_key integer,"
            " quarter_number integer, days double, is_open boolean, is_advanced boolean,"
            " is_lost boolean, is_of_won_deal boolean, is_measured boolean)"
        )
        connection.register(
            "stays",
            pa.Table.from_pylist(
                [
                    {"stage": stage, "days": days, "exit": left}
                    for stage, group in groups.items()
                    for days, left in zip(group.days.tolist(), group.exits.tolist(), strict=True)
                ]
            ),
        )
        connection.execute(
            "insert into intermediate.stay_observations"
            f" select stage, 0, 0, days, exit = {OPEN}, exit = {ADVANCED}, exit = {LEFT},"
            " false, true from stays"
        )
    run_dbt(path, "stay_memberships stay_groups stage_survival")
    rows = query(
        path,
        "select stage_key, survival_median_days, p_advance_7d, p_advance_30d, p_advance_90d"
        " from intermediate.stage_survival",
    )
    assert len(rows) == len(groups)
    for stage, median, *chances in rows:
        curve = survival(groups[stage], exact=True)
        assert median == curve.median, stage
        for horizon, chance in zip(HORIZONS, chances, strict=True):
            if groups[stage].is_known_at(horizon):
                expected = float(curve.advanced[horizon])
                assert chance == pytest.approx(expected, abs=1e-12), (stage, horizon)
            else:
                assert chance is None, (stage, horizon)


def test_planted_bottleneck_is_found(demo_statistics: Path) -> None:
    rows = query(
        demo_statistics,
        "select stage_id, share_of_won_days, survival_median_days from marts.stage_durations"
        f" where pipeline_id = '{truths.key(truths.MAIN_PIPELINE)}' and is_bottleneck"
        " and manager_id is null and quarter is null",
    )
    ((stage_id, share, median),) = rows
    assert stage_id == truths.key(truths.BOTTLENECK_STAGE)
    assert share > 0.4
    assert median == pytest.approx(truths.BOTTLENECK_MEDIAN_DAYS, rel=0.1)


def test_speed_pays_most_where_it_was_planted(demo_statistics: Path) -> None:
    rows = query(
        demo_statistics,
        "select stage_id, speed_effect, speed_effect_low from marts.stage_durations"
        f" where pipeline_id = '{truths.key(truths.MAIN_PIPELINE)}'"
        " and manager_id is null and quarter is null order by speed_effect desc",
    )
    stage_id, effect, low = rows[0]
    assert stage_id == truths.key(truths.SPEED_STAGE)
    assert low > 0.05
    assert effect > 2 * rows[1][1]
