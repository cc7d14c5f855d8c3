"""A second, hand-written computation of the reports agrees with what is published.

`tests/bench/bare.sql` reads the raw tables in one script of its own and shares nothing with the dbt
models: it keeps no text keys, no layers, no macros. Where both say something, they say the same.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from datetime import datetime
from typing import cast

import duckdb
import pytest

from tests.bench import bare
from tests.e2e.installation import Installation

pytestmark = pytest.mark.e2e

FUNNEL = """
    select 'demo:' || pipeline_id, 'demo:' || stage_id, cohort_month,
        reached, passed, lost, open, coalesce(lost_value, 0)
    from bare.funnel_stages
"""
AGREEMENTS = {
    "funnel_stages": (
        FUNNEL,
        """
        select pipeline_id, stage_id, cohort_month,
            reached, passed, lost, open, coalesce(lost_value, 0)
        from published.funnel_stages
        """,
    ),
    "stage_durations": (
        """
        select 'demo:' || stage_id, 'demo:' || responsible_id, quarter, finished_stays, open_stays,
            mean_days, median_days, p90_days
        from bare.stage_durations where is_group
        """,
        """
        select stage_id, manager_id, quarter, finished_stays, open_stays,
            mean_days, median_days, p90_days
        from published.stage_durations where finished_stays + open_stays > 0
        """,
    ),
    "managers": (
        """
        select 'demo:' || responsible_id, quarter, deals, wins, coalesce(value, 0),
            cycle_days
        from bare.managers where is_group and responsible_id is not null
        """,
        """
        select manager_id, quarter, deals, wins, coalesce(value, 0), cycle_days
        from published.managers where deals > 0
        """,
    ),
    "lost_reasons": (
        """
        select coalesce('demo:' || lost_stage_id, '(unknown)'), coalesce(title, '(not recorded)'),
            quarter, deals, value, share_in_stage
        from bare.lost_reasons where is_group
        """,
        """
        select stage_id, lost_reason, quarter, deals, value, share_in_stage
        from published.lost_reasons where deals > 0
        """,
    ),
    "products": (
        """
        select 'demo:' || good_id, quarter, coalesce(units, 0), coalesce(revenue, 0), orders,
            customers, coalesce(returned_revenue, 0)
        from bare.products where is_group and (orders > 0 or returned_revenue is not null)
        """,
        """
        select product_id, quarter, units, revenue, orders, customers, returned_revenue
        from published.products
        where (orders > 0 or returned_units > 0) and product_id not like '%(none)'
        """,
    ),
    "bundles": (
        """
        from (
        select list_sort(['demo:' || a, 'demo:' || b]), orders from bare.pairs
        union all
        select list_sort(['demo:' || a, 'demo:' || b, 'demo:' || c]), orders from bare.triples
        union all
        select list_sort(['demo:' || a, 'demo:' || b, 'demo:' || c, 'demo:' || d]), orders
        from bare.quadruples
        ) where orders >= (select min(min_orders) from published.bundles)
        """,
        "select list_sort(string_split(product_ids, '|')), orders from published.bundles",
    ),
    "bought_together": (
        """
        select 'demo:' || a, 'demo:' || b, orders,
            support, confidence, lift
        from bare.bought_together
        semi join published.bought_together as shown
            on 'demo:' || a = shown.product_id and 'demo:' || b = shown.with_product_id
        """,
        """
        select product_id, with_product_id, orders,
            support, confidence, lift
        from published.bought_together
        """,
    ),
    "regions": (
        """
        select region, quarter, coalesce(leads, 0), coalesce(orders, 0), coalesce(customers, 0),
            coalesce(revenue, 0)
        from bare.regions
        """,
        """
        select region, quarter, leads, orders, customers, revenue
        from published.regions where level = 'region' and leads + orders > 0
        """,
    ),
    "region_marketing": (
        """
        select region, channel, strategy, quarter, spend, leads, wins, revenue
        from bare.region_marketing where is_group
        """,
        """
        select region, channel, strategy, quarter, coalesce(spend, 0), leads, wins, revenue
        from published.region_marketing
        """,
    ),
}


@pytest.fixture(scope="module")
def connection(
    first_night: Installation, tmp_path_factory: pytest.TempPathFactory
) -> duckdb.DuckDBPyConnection:
    """Both results, attached as `bare` and `published`."""
    output = tmp_path_factory.mktemp("bare") / "bare.duckdb"
    bare.main(first_night.settings.warehouse_path, output)
    connection = duckdb.connect()
    connection.execute(f"attach '{output}' as bare (read_only)")
    connection.execute(f"attach '{first_night.publication().database}' as published (read_only)")
    return connection


@pytest.mark.parametrize("table", AGREEMENTS)
def test_hand_written_sql_agrees_with_published(
    table: str, connection: duckdb.DuckDBPyConnection
) -> None:
    by_hand, published = (rows(connection, query) for query in AGREEMENTS[table])
    assert published
    assert by_hand.keys() == published.keys()
    differences = {
        key: (by_hand[key], published[key])
        for key in published
        if not all(map(is_close, by_hand[key], published[key]))
    }
    assert not differences


def rows(
    connection: duckdb.DuckDBPyConnection, query: str
) -> dict[tuple[Hashable, ...], list[float | None]]:
    """Everything exact (keys, counts, money) of each row, and its rates and days beside it."""
    result = connection.execute(query).fetchall()
    kinds = [str(column[1]) for column in connection.description]
    approximate = [place for place, kind in enumerate(kinds) if kind == "DOUBLE"]
    exact = [place for place in range(len(kinds)) if place not in approximate]
    found = {
        tuple(as_key(row[place]) for place in exact): [row[place] for place in approximate]
        for row in result
    }
    assert len(found) == len(result)
    return found


def is_close(left: float | None, right: float | None) -> bool:
    """Equal but for the digits that are rounded off before publication."""
    if left is None or right is None:
        return left is right
    return math.isclose(left, right, rel_tol=1e-6, abs_tol=1e-6)


def as_key(value: object) -> Hashable:
    """One form for a day, whether it came as a date or as its midnight, and for a set."""
    if isinstance(value, datetime):
        return value.date()
    return tuple(value) if isinstance(value, list) else cast("Hashable", value)
