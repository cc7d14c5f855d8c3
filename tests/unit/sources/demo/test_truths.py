"""What truths.py plants can be seen in the raw tables by plain counting, without the project's SQL.

Effects are far beyond what chance does at 20,000 deals: the thresholds do not depend on the seed.
"""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pytest

from dagster_project.sources.demo import truths

STAYS = """
    with stays as (
        select *, lead(stage_id) over deal as next_stage_id, lead(moved_at) over deal as left_at
        from deal_stage_history
        window deal as (partition by deal_id order by seq)
    )
"""


def rows(raw: duckdb.DuckDBPyConnection, sql: str, *values: object) -> list[tuple[Any, ...]]:
    return raw.execute(sql, list(values)).fetchall()


def test_the_bottleneck_takes_most_of_the_time_to_win(raw: duckdb.DuckDBPyConnection) -> None:
    days = dict(
        rows(
            raw,
            STAYS + "select stage_id, sum(epoch(left_at - moved_at)) from stays "
            "where pipeline_id = $1 and stage_id % 10 < 8 and deal_id in "
            "(select id from deals where status = 'won') group by 1",
            truths.MAIN_PIPELINE,
        )
    )
    assert max(days, key=days.__getitem__) == truths.BOTTLENECK_STAGE
    others = sorted(days.values())[:-1]
    assert days[truths.BOTTLENECK_STAGE] > 2 * max(others)


def test_most_deals_are_lost_at_the_loss_stage(raw: duckdb.DuckDBPyConnection) -> None:
    lost = dict(
        rows(
            raw,
            STAYS + "select stage_id, count(*) from stays where pipeline_id = $1 "
            "and next_stage_id = 19 group by 1",
            truths.MAIN_PIPELINE,
        )
    )
    assert lost[truths.LOSS_STAGE] > 1.5 * max(
        n for stage, n in lost.items() if stage != truths.LOSS_STAGE
    )
    assert 0.4 < lost[truths.LOSS_STAGE] / sum(lost.values()) < 0.6


def managers_at(raw: duckdb.DuckDBPyConnection, stage_id: int) -> dict[int, tuple[int, float]]:
    """manager -> deals that left the stage, share of them that was not lost there."""
    found = rows(
        raw,
        STAYS + "select responsible_id, count(*), avg(cast(next_stage_id % 10 <> 9 as integer)) "
        "from stays where stage_id = $1 and next_stage_id is not null "
        "and responsible_id is not null group by 1 having count(*) > 50",
        stage_id,
    )
    return {manager: (n, passed) for manager, n, passed in found}


def test_the_strong_and_the_weak_manager_stand_out_beyond_chance(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    managers = managers_at(raw, truths.STRONG_MANAGER.stage_id)
    special = {truths.STRONG_MANAGER.manager_id, truths.WEAK_MANAGER.manager_id}
    usual = [(n, p) for manager, (n, p) in managers.items() if manager not in special]
    team = sum(n * p for n, p in usual) / sum(n for n, _ in usual)
    for truth in (truths.STRONG_MANAGER, truths.WEAK_MANAGER):
        n, passed = managers[truth.manager_id]
        z = (passed - team) / np.sqrt(team * (1 - team) / n)
        assert n > 400
        assert np.sign(z) == np.sign(truth.logit)
        assert abs(z) > 6
    for manager, (n, passed) in managers.items():
        if manager not in special:
            assert abs(passed - team) / np.sqrt(team * (1 - team) / n) < 4, manager


def test_speed_pays_at_the_speed_stage(raw: duckdb.DuckDBPyConnection) -> None:
    """Of the slower and the faster half of stays, the faster is won much more often."""
    ((fast, slow, n),) = rows(
        raw,
        STAYS
        + """
        , timed as (
            select next_stage_id % 10 <> 9 as passed,
                percent_rank() over (order by left_at - moved_at) < 0.5 as is_fast
            from stays where stage_id = $1 and next_stage_id is not null
        )
        select avg(cast(passed as integer)) filter (is_fast),
            avg(cast(passed as integer)) filter (not is_fast), count(*)
        from timed
        """,
        truths.SPEED_STAGE,
    )
    assert (fast - slow) / np.sqrt(0.25 * 4 / n) > 5


def test_the_forgetful_manager_leaves_contracts_unpaid(raw: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        raw,
        """
        with contracts as (
            select history.deal_id, any_value(history.responsible_id) as manager_id,
                exists (from documents as d where d.deal_id = history.deal_id
                    and d.type = 'invoice' and d.sent_at is not null) as is_sent,
                exists (from documents as d where d.deal_id = history.deal_id
                    and d.type = 'payment') as is_paid
            from deal_stage_history as history join deals on deals.id = history.deal_id
            where history.stage_id = 14 and deals.status <> 'open'
            group by history.deal_id
        )
        select manager_id = $1, count(*), avg(cast(is_sent as integer)),
            avg(cast(is_paid as integer)), count(*) filter (not is_sent and not is_paid)
        from contracts where manager_id is not null group by 1 order by 1
        """,
        truths.FORGETFUL_MANAGER,
    )
    (_, _, others_sent, others_paid, _), (_, n, sent, paid, unsent_unpaid) = found
    assert n > 100
    assert others_sent > 0.9
    assert others_paid > 0.75
    assert sent == pytest.approx(1 - truths.FORGOTTEN_INVOICES, abs=0.12)
    assert paid < 0.6
    assert unsent_unpaid > 0.75 * n * (1 - paid), "most of what is unpaid was never invoiced"


def test_the_top_lost_reason_leads(raw: duckdb.DuckDBPyConnection) -> None:
    reasons = rows(
        raw,
        "select loss_reason_id, count(*) from deals where status = 'lost' group by 1 order by 2",
    )
    assert reasons[-1][0] == truths.TOP_LOST_REASON
    assert reasons[-1][1] > 1.3 * reasons[-2][1]


@pytest.mark.parametrize("bundle", truths.BUNDLES, ids=lambda b: str(b.product_ids))
def test_a_bundle_is_bought_together_beyond_chance(
    raw: duckdb.DuckDBPyConnection, bundle: truths.Bundle
) -> None:
    ids = ", ".join(map(str, bundle.product_ids))
    found = rows(
        raw,
        f"select order_id, count(*) from order_items where good_id in ({ids}) and not is_return "
        "group by 1",
    )
    ((orders,),) = rows(raw, "select count(distinct order_id) from order_items")
    together = sum(n == len(bundle.product_ids) for _, n in found)
    singles = rows(
        raw,
        f"select good_id, count(*) from order_items where good_id in ({ids}) and not is_return "
        "group by 1",
    )
    by_chance = orders * np.prod([n / orders for _, n in singles])
    assert together / orders == pytest.approx(bundle.share_of_orders, rel=0.15)
    assert together > 5 * by_chance


def test_bundles_are_the_most_popular_pairs(raw: duckdb.DuckDBPyConnection) -> None:
    """Counted over all pairs: the ten pairs that make up the bundles lead the list."""
    pairs = rows(
        raw,
        """
        select a.good_id, b.good_id, count(*) as orders
        from order_items as a join order_items as b using (order_id)
        where a.good_id < b.good_id and not a.is_return and not b.is_return
        group by 1, 2 order by orders desc limit 40
        """,
    )
    planted = {
        (a, b) for bundle in truths.BUNDLES for a in bundle.product_ids for b in bundle.product_ids
        if a < b
    }  # fmt: skip
    without_best_seller = [(a, b) for a, b, _ in pairs if truths.BEST_SELLER not in (a, b)]
    assert set(without_best_seller[: len(planted)]) == planted


def monthly_units(raw: duckdb.DuckDBPyConnection, good_id: int) -> dict[str, float]:
    return dict(
        rows(
            raw,
            "select strftime(updated_at, '%Y-%m'), sum(quantity) from order_items "
            "where good_id = $1 and not is_return group by 1",
            good_id,
        )
    )


def test_products_live_and_die(raw: duckdb.DuckDBPyConnection) -> None:
    units = rows(
        raw,
        "select good_id, sum(quantity) from order_items where good_id is not null group by 1 "
        "order by 2 desc limit 2",
    )
    assert units[0][0] == truths.BEST_SELLER
    assert units[0][1] > 1.5 * units[1][1]
    declining = monthly_units(raw, truths.DECLINING_PRODUCT)
    spring = {
        year: sum(declining[f"{year}-{month:02}"] for month in range(2, 6)) for year in (2025, 2026)
    }
    assert spring[2026] < 0.6 * spring[2025], "while the company as a whole grows"
    new = monthly_units(raw, truths.NEW_PRODUCT)
    assert min(new) == f"{truths.NEW_PRODUCT_LAUNCH:%Y-%m}"
    assert len(new) == 9


def test_autumn_is_the_season(raw: duckdb.DuckDBPyConnection) -> None:
    months = rows(raw, "select month(created_at), count(*) from deals group by 1 order by 2 desc")
    assert {month for month, _ in months[:3]} == set(truths.PEAK_MONTHS)


def test_the_price_weak_region_sells_the_same_goods_cheaper(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        raw,
        """
        select region = $1, sum(total) / sum(quantity * goods.price),
            sum(quantity * goods.price) / count(distinct order_id)
        from order_items join clients on clients.id = client_id join goods on goods.id = good_id
        where currency = 'RUB' and not is_return and region is not null group by 1 order by 1
        """,
        truths.PRICE_WEAK_REGION,
    )
    (_, other_price, other_goods), (_, price, goods) = found
    expected = truths.PRICE_WEAK_FACTOR * (1 - truths.PRICE_WEAK_EXTRA_DISCOUNT)
    assert float(price / other_price) == pytest.approx(expected, abs=0.04)
    assert float(goods / other_goods) == pytest.approx(1, abs=0.08), "goods as elsewhere"


def region_deals(raw: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, float]]:
    found = rows(
        raw,
        "select region, count(*), avg(cast(status = 'won' as integer)) "
        "from deals join clients on clients.id = client_id where region is not null group by 1",
    )
    return {region: (n, win_rate) for region, n, win_rate in found}


def test_the_leads_weak_region_wins_as_often_but_has_few_leads(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    regions = region_deals(raw)
    n, win_rate = regions.pop(truths.LEADS_WEAK_REGION)
    assert n < 0.5 * min(other for other, _ in regions.values())
    usual = sum(m * p for m, p in regions.values()) / sum(m for m, _ in regions.values())
    assert abs(win_rate - usual) / np.sqrt(usual * (1 - usual) / n) < 3.5


def test_the_price_weak_region_lacks_neither_leads_nor_wins(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    regions = region_deals(raw)
    n, win_rate = regions.pop(truths.PRICE_WEAK_REGION)
    assert n > np.mean([other for other, _ in regions.values()])
    usual = sum(m * p for m, p in regions.values()) / sum(m for m, _ in regions.values())
    assert abs(win_rate - usual) / np.sqrt(usual * (1 - usual) / n) < 3.5


def test_one_strategy_pays_best_and_one_does_not_pay(raw: duckdb.DuckDBPyConnection) -> None:
    """Revenue of won rouble deals over spend, less one."""
    romi = dict(
        rows(
            raw,
            """
            with spent as (select strategy, sum(cost) as spend from ad_spend group by 1),
            earned as (
                select strategy, sum(budget) as revenue
                from deals join campaigns on campaigns.id = campaign_id
                where status = 'won' and deals.currency = 'RUB' group by 1
            )
            select strategy, cast(revenue / spend as double) - 1
            from spent join earned using (strategy)
            """,
        )
    )
    assert max(romi, key=romi.__getitem__) == truths.PAYING_STRATEGY
    assert romi[truths.PAYING_STRATEGY] > 5
    assert romi[truths.WASTED_STRATEGY] < -0.3
    assert all(value > 0 for strategy, value in romi.items() if strategy != truths.WASTED_STRATEGY)
