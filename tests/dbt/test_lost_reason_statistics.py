"""Changes of lost reasons are tested as scipy and statsmodels test them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests

from tests.dbt.basket_core import query

_COLUMNS = (
    "quarter, deals, stage_deals, previous_deals, previous_stage_deals,"
    " change_p_value, change_q_value"
)


def compared(warehouse: Path, table: str, dimension: str) -> list[tuple[Any, ...]]:
    """The rows of a table that have a change, with the dimension they are a family of."""
    return query(
        warehouse,
        f"select {dimension}, {_COLUMNS} from {table} where change_p_value is not null",
    )


@pytest.fixture(scope="module", params=["lost_reasons", "lost_reasons_by"])
def rows(demo_statistics: Path, request: pytest.FixtureRequest) -> list[tuple[Any, ...]]:
    dimension = "dimension" if request.param == "lost_reasons_by" else "'all'"
    found = compared(demo_statistics, f"marts.{request.param}", dimension)
    assert len(found) > 200
    return found


def test_change_is_tested_by_fisher_twice_the_smaller_tail(rows: list[tuple[Any, ...]]) -> None:
    for _, _, deals, stage_deals, previous_deals, previous_stage_deals, p_value, _ in rows:
        table = [
            [deals, stage_deals - deals],
            [previous_deals, previous_stage_deals - previous_deals],
        ]
        tails = [fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
        assert p_value == pytest.approx(min(1.0, 2 * min(tails)), rel=1e-8), table


def test_q_values_are_those_of_statsmodels_over_the_quarter(rows: list[tuple[Any, ...]]) -> None:
    families: dict[Any, list[tuple[float, float]]] = defaultdict(list)
    for dimension, quarter, *_, p_value, q_value in rows:
        families[dimension, quarter].append((p_value, q_value))
    assert len(families) >= 6
    for family in families.values():
        expected = multipletests([p for p, _ in family], method="fdr_bh")[1]
        assert [q for _, q in family] == pytest.approx(list(expected), rel=1e-9)


def test_every_reason_of_two_quarters_with_losses_is_compared(demo_statistics: Path) -> None:
    """Those that disappeared as well: the core is asked, not the table."""
    expected = query(
        demo_statistics,
        """
        with counts as (
            select
                pipeline_id, coalesce(lost_stage_id, '(unknown)') as stage_id,
                coalesce(lost_reason_id, '(not recorded)') as reason, closed_quarter as quarter
            from core.fct_deals where outcome = 'lost' and closed_quarter is not null
        ), stages as (select distinct pipeline_id, stage_id, quarter from counts)
        select count(*) from (
            select distinct counts.pipeline_id, counts.stage_id, counts.reason, now.quarter
            from stages as now
            inner join stages as earlier
                on now.pipeline_id = earlier.pipeline_id and now.stage_id = earlier.stage_id
                and now.quarter = earlier.quarter + interval 3 month
            inner join counts
                on now.pipeline_id = counts.pipeline_id and now.stage_id = counts.stage_id
                and counts.quarter in (now.quarter, earlier.quarter)
        )
        """,
    )
    found = compared(demo_statistics, "marts.lost_reasons", "'all'")
    assert len(found) == expected[0][0]
    assert any(deals == 0 for _, _, deals, *_ in found)
