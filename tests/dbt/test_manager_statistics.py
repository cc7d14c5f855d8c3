"""Managers are compared as scipy and statsmodels compare them, and judged only beyond chance."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom, false_discovery_control
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import proportion_confint

from dagster_project.sources.demo import truths
from tests.dbt.basket_core import query, run_dbt

MIN_DEALS = 20
STRATUM_MIN_DEALS = 20

Row = dict[str, Any]
Counts = dict[str, dict[str, list[int]]]
"""Stratum -> manager -> [passed, lost]."""


def read_rows(warehouse: Path, table: str) -> list[Row]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute(f"select * from {table}")
        names = [column[0] for column in found.description]
        return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


@pytest.fixture(scope="module")
def published(demo_statistics: Path) -> list[Row]:
    return read_rows(demo_statistics, "marts.manager_stages")


def strata_of_stage(warehouse: Path, stage_number: int) -> Counts:
    """All-time strata of a stage of the demo's main pipeline, pooled by hand from the core."""
    rows = query(
        warehouse,
        f"""
        with quartiles as (
            select quantile_cont(amount::double, [0.25, 0.5, 0.75]) as q from core.fct_deals
            where pipeline_id = '{truths.key(truths.MAIN_PIPELINE)}'
        ), stays as (
            select
                deal_id, stage_number,
                max_by(coalesce(manager_id, '-'), stay_number) as manager_id
            from core.fct_stage_stays
            where pipeline_id = '{truths.key(truths.MAIN_PIPELINE)}' and stage_number is not null
            group by all
        ), next_stays as (
            select deal_id, min_by(manager_id, stage_number) as manager_id from stays
            where stage_number >= {stage_number} group by all
        )
        select
            coalesce(next_stays.manager_id, deals.manager_id), lead_source, region,
            case when amount is null then 0 when amount::double <= q[1] then 1
                when amount::double <= q[2] then 2 when amount::double <= q[3] then 3 else 4 end,
            outcome = 'won' or furthest_stage_number > {stage_number}
        from core.fct_deals as deals cross join quartiles
        left join next_stays using (deal_id)
        where pipeline_id = '{truths.key(truths.MAIN_PIPELINE)}'
            and furthest_stage_number >= {stage_number}
            and (outcome <> 'open' or furthest_stage_number > {stage_number})
        """,
    )
    deals = [
        (m, (source, region, band), ok)
        for m, source, region, band, ok in rows
        if m not in (None, "-")
    ]
    keys: dict[Any, Any] = {mix: mix for _, mix, _ in deals}
    for coarser in (lambda m: (m[0], m[2]), lambda m: (m[0],), lambda m: ()):
        sizes: dict[Any, int] = defaultdict(int)
        for _, mix, _ in deals:
            sizes[keys[mix]] += 1
        keys = {
            mix: key if sizes[key] >= STRATUM_MIN_DEALS else coarser(mix)
            for mix, key in keys.items()
        }
    strata: Counts = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for manager, mix, passed in deals:
        strata[str(keys[mix])][manager][0 if passed else 1] += 1
    return strata


def fourfold_tables(strata: Counts, manager: str) -> list[np.ndarray[Any, Any]]:
    """The manager against all others, [[passed, lost], [passed, lost]] in each stratum."""
    tables = []
    for managers in strata.values():
        own = np.array(managers.get(manager, [0, 0]))
        everybody = np.array(list(managers.values())).sum(axis=0)
        if own.sum():
            tables.append(np.array([own, everybody - own]))
    return tables


@pytest.mark.parametrize(("stage_number", "method"), [(1, "normal"), (3, "normal"), (5, "exact")])
def test_expected_and_p_are_those_of_statsmodels_stratified_tables(
    demo_statistics: Path, published: list[Row], stage_number: int, method: str
) -> None:
    """Mantel-Haenszel where Mantel and Fleiss allow it, else twice scipy's binomial tail."""
    strata = strata_of_stage(demo_statistics, stage_number)
    methods = set()
    rows = [
        row
        for row in published
        if row["pipeline_id"] == truths.key(truths.MAIN_PIPELINE)
        and row["stage_number"] == stage_number
        and row["quarter"] is None
    ]
    assert len(rows) >= 20
    for row in rows:
        tables = fourfold_tables(strata, row["manager_id"])
        decided = sum(int(table[0].sum()) for table in tables)
        assert row["decided"] == (decided or None)
        expected = sum(t[0].sum() * t[:, 0].sum() / t.sum() for t in tables)
        if not decided:
            continue
        assert row["expected_passed"] == pytest.approx(expected, rel=1e-9)
        if decided < MIN_DEALS:
            assert row["p_value"] is None
            continue
        least = sum(max(0, t[0].sum() + t[:, 0].sum() - t.sum()) for t in tables)
        most = sum(min(t[0].sum(), t[:, 0].sum()) for t in tables)
        if expected - least >= 5 and most - expected >= 5:
            methods.add("normal")
            stratified = StratifiedTable([t.astype(float) for t in tables])
            p_value = stratified.test_null_odds(correction=True).pvalue
            # statsmodels lets the correction overshoot the expected number.
            p_value = 1.0 if abs(row["passed"] - expected) <= 0.5 else p_value
        else:
            methods.add("exact")
            passed = row["passed"]
            tail = (
                binom.sf(passed - 1, decided, expected / decided)
                if passed > expected
                else binom.cdf(passed, decided, expected / decided)
            )
            p_value = 1.0 if abs(passed - expected) < 1 else min(1.0, 2 * tail)
        assert row["p_value"] == pytest.approx(p_value, rel=1e-7), row["manager_id"]
    assert method in methods


def test_q_values_are_scipys_over_all_comparisons_of_the_period(published: list[Row]) -> None:
    periods: dict[Any, list[Row]] = defaultdict(list)
    for row in published:
        if row["p_value"] is not None:
            periods[row["quarter"]].append(row)
    assert len(periods) >= 8
    for rows in periods.values():
        expected = false_discovery_control([min(1.0, row["p_value"]) for row in rows])
        assert [row["q_value"] for row in rows] == pytest.approx(list(expected), rel=1e-9)


def test_interval_of_observed_to_expected_is_wilsons(published: list[Row]) -> None:
    for row in published:
        if not row["expected_passed"]:
            continue
        low, high = proportion_confint(row["passed"], row["decided"], method="wilson")
        scale = row["decided"] / row["expected_passed"]
        assert row["observed_to_expected_low"] == pytest.approx(max(low, 0) * scale, abs=1e-9)
        assert row["observed_to_expected_high"] == pytest.approx(min(high, 1) * scale, abs=1e-9)


def test_shrunk_conversion_is_the_beta_binomial_posterior_mean(published: list[Row]) -> None:
    """Kleinman's moments: alpha + beta = (1 - r) / r, with r the correlation within managers."""
    stages: dict[Any, list[Row]] = defaultdict(list)
    for row in published:
        stages[row["pipeline_id"], row["stage_id"], row["quarter"]].append(row)
    for rows in stages.values():
        n = np.array([row["reached"] for row in rows], dtype=float)
        x = np.array([row["passed"] for row in rows], dtype=float)
        mean, spread = x.sum() / n.sum(), ((n - 1) * (1 - n / n.sum())).sum()
        if not 0 < mean < 1 or not spread:
            expected = np.full_like(n, mean)
        else:
            excess = (n * (x / n - mean) ** 2).sum() / (mean * (1 - mean)) - (len(n) - 1)
            r = min(1.0, excess / spread)
            strength = (1 - r) / r if r > 0 else np.inf
            expected = (
                (x + mean * strength) / (n + strength)
                if np.isfinite(strength)
                else np.full_like(n, mean)
            )
        assert [row["shrunk_conversion"] for row in rows] == pytest.approx(list(expected), abs=1e-9)


def test_planted_managers_are_found_and_nobody_else(published: list[Row]) -> None:
    verdicts = {
        (row["manager_id"], row["stage_id"]): row["verdict"]
        for row in published
        if row["quarter"] is None
        and row["pipeline_id"] == truths.key(truths.MAIN_PIPELINE)
        and row["verdict"] != "not_distinguishable"
    }
    strong, weak = truths.STRONG_MANAGER, truths.WEAK_MANAGER
    assert verdicts == {
        (truths.key(strong.manager_id), truths.key(strong.stage_id)): "stronger",
        (truths.key(weak.manager_id), truths.key(weak.stage_id)): "weaker",
        # Contracts whose invoice is never sent are hardly ever paid.
        (truths.key(truths.FORGETFUL_MANAGER), truths.key(truths.BOTTLENECK_STAGE)): "weaker",
    }


def test_deal_counts_for_who_held_it_and_not_for_who_owns_it_now(
    demo_statistics: Path, published: list[Row]
) -> None:
    """Who held it is read from the CRM's own events: the last one in the stage, or after it."""
    held, owned = (
        Counter(
            query(
                demo_statistics,
                f"""
                with visits as (
                    select
                        deal_id, stage_number,
                        max_by(coalesce(manager_id, '-'), (entered_at, sequence)) as holder
                    from crm.crm_stage_events
                    inner join core.dim_stages using (pipeline_id, stage_id)
                    where pipeline_id = '{truths.key(truths.MAIN_PIPELINE)}'
                    group by deal_id, stage_number
                ), holders as (
                    select
                        deals.deal_id, stages.stage_id, any_value(deals.manager_id) as owner,
                        min_by(visits.holder, visits.stage_number) as holder
                    from core.fct_deals as deals
                    inner join core.dim_stages as stages using (pipeline_id)
                    left join visits
                        on deals.deal_id = visits.deal_id
                        and stages.stage_number <= visits.stage_number
                    where pipeline_id = '{truths.key(truths.MAIN_PIPELINE)}'
                        and stages.stage_number <= deals.furthest_stage_number
                    group by deals.deal_id, stages.stage_id
                )
                select {who}, stage_id from holders
                """,
            )
        )
        for who in ("coalesce(holder, owner)", "owner")
    )
    found = {
        (row["manager_id"], row["stage_id"]): row["reached"]
        for row in published
        if row["quarter"] is None and row["pipeline_id"] == truths.key(truths.MAIN_PIPELINE)
    }
    nobody = (None, "-")
    assert found == {key: n for key, n in held.items() if key[0] not in nobody}
    assert found != {key: n for key, n in owned.items() if key[0] not in nobody}
    assert {row["manager_basis"] for row in published} == {"owner_at_the_time"}


def test_manager_with_a_handful_of_deals_is_never_judged(published: list[Row]) -> None:
    rows = [row for row in published if row["manager_id"] == truths.key(truths.TINY_MANAGER)]
    assert rows
    for row in rows:
        assert row["reached"] <= truths.TINY_MANAGER_DEALS
        assert row["p_value"] is None
        assert row["verdict"] == "not_distinguishable"
        assert row["not_measurable"] == "too_few_deals"


def test_equal_managers_get_calibrated_p_values(tmp_path: Path) -> None:
    """300 stages of 12 equal managers, mixes of deals that pass with 35 to 95 %: chance alone."""
    rng = random.Random(5)
    counts: dict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0, 0])
    for stage in range(1, 301):
        for _ in range(900):
            manager, mix = rng.randint(1, 12), rng.randint(1, 6)
            passed = rng.random() < (0.35, 0.5, 0.6, 0.75, 0.9, 0.95)[mix - 1]
            counts[stage, manager, mix][0 if passed else 1] += 1
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema intermediate")
        connection.execute("create schema core")
        connection.execute(
            "create table core.dim_stages as"
            " select range as stage_key, 't' as source, 2 as stage_count from range(1, 301)"
        )
        connection.execute(
            "create table core.dim_sources as select 't' as source, true as has_stage_history"
        )
        connection.execute(
            "create table intermediate.deal_mixes as select range as mix_key,"
            " range as lead_source_key, 1 as region_key, 1 as amount_band from range(1, 7)"
        )
        connection.execute(
            "create table intermediate.stage_passages (stage_key integer, manager_key integer,"
            " quarter_number integer, mix_key integer, reached bigint, passed bigint, lost bigint,"
            " open bigint, won bigint, won_value decimal(18, 2))"
        )
        connection.register(
            "counted",
            pa.Table.from_pylist(
                [
                    {"stage": stage, "manager": manager, "mix": mix, "passed": passed, "lost": lost}
                    for (stage, manager, mix), (passed, lost) in counts.items()
                ]
            ),
        )
        connection.execute(
            "insert into intermediate.stage_passages"
            " select stage, manager, 0, mix, passed + lost, passed, lost, 0, 0, 0 from counted"
        )
    run_dbt(
        path,
        "passage_periods passage_strata"
        " manager_expectations manager_exact_tests manager_comparisons",
    )
    rows = query(path, "select p_value, q_value from intermediate.manager_comparisons")
    p_values = np.array([p for p, _ in rows])
    assert len(p_values) == 3600
    assert 0.025 < (p_values <= 0.05).mean() < 0.055
    assert 0.30 < (p_values <= 0.4).mean() < 0.43
    assert min(q for _, q in rows) > 0.05
