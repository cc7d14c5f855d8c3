"""The CRM's state at a moment is what its history up to that moment adds up to."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pytest

from dagster_project.sources.demo import truths
from dagster_project.sources.demo.tables import TABLES

from .conftest import Raw

MOMENTS = (
    datetime(2024, 12, 31, 21, 0, tzinfo=UTC),
    truths.DISMISSED_AT,
    datetime(2026, 7, 1, tzinfo=UTC),
    datetime(2027, 3, 1, tzinfo=UTC),
)
DEALS = 6_000


@pytest.fixture(scope="module", params=MOMENTS, ids=lambda moment: f"{moment:%Y-%m-%d}")
def seen(request: pytest.FixtureRequest, raw_at: Raw) -> duckdb.DuckDBPyConnection:
    return raw_at(DEALS, 7, request.param)


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    return connection.execute(sql).fetchall()


def test_stage_pipeline_and_outcome_are_those_of_the_last_event(
    seen: duckdb.DuckDBPyConnection,
) -> None:
    assert (
        rows(
            seen,
            """
        with last as (
            select deal_id, max_by(stage_id, seq) as stage_id,
                max_by(pipeline_id, seq) as pipeline_id, max(seq) as events,
                count(*) as found, max_by(moved_at, seq) as moved_at
            from deal_stage_history group by deal_id
        )
        select deals.id
        from deals
        left join last on last.deal_id = deals.id
        left join pipeline_stages as stage on stage.id = last.stage_id
        where last.deal_id is null or last.events <> last.found
            or deals.stage_id <> last.stage_id or deals.pipeline_id <> last.pipeline_id
            or deals.status <> stage.type or stage.pipeline_id <> last.pipeline_id
            or deals.closed_at is distinct from
                (case when stage.type <> 'open' then last.moved_at end)
            or (stage.type <> 'lost' and coalesce(
                cast(loss_reason_id as varchar), loss_comment, competitor) is not null)
        """,
        )
        == []
    )


def test_nothing_is_shown_that_happens_at_the_moment_or_later(
    seen: duckdb.DuckDBPyConnection,
) -> None:
    complete_to = rows(seen, "select complete_to from account")[0][0]
    for table in {table.name for table in TABLES} - {"account"}:
        late = seen.execute(
            f"select count(*) from {table} where updated_at >= $1", [complete_to]
        ).fetchone()
        assert late == (0,), table
    for column in ("sent_at", "paid_at"):
        late = seen.execute(
            f"select count(*) from documents where {column} >= $1", [complete_to]
        ).fetchone()
        assert late == (0,), column


def test_a_row_was_last_changed_at_or_after_everything_it_says(
    seen: duckdb.DuckDBPyConnection,
) -> None:
    for table, moments in {
        "deals": ("created_at", "closed_at"),
        "deal_stage_history": ("moved_at",),
        "order_items": ("ordered_at",),
        "documents": ("sent_at", "paid_at"),
        "clients": ("created_at",),
        "users": ("hired_at",),
    }.items():
        for moment in moments:
            assert rows(seen, f"select 1 from {table} where {moment} > updated_at") == [], table


def test_events_are_in_order_and_the_first_one_creates_the_deal(
    seen: duckdb.DuckDBPyConnection,
) -> None:
    assert (
        rows(
            seen,
            """
        select deal_id from (
            select deal_id, moved_at, seq,
                lag(moved_at) over (partition by deal_id order by seq) as before
            from deal_stage_history
        ) join deals on deals.id = deal_id
        where moved_at < before or (seq = 1 and moved_at <> created_at)
        """,
        )
        == []
    )


def test_the_owner_is_the_last_known_one(seen: duckdb.DuckDBPyConnection) -> None:
    """An event's owner is the deal's first or its present one; owners change at most once."""
    assert (
        rows(
            seen,
            """
        select deal_id
        from deal_stage_history as history join deals on deals.id = deal_id
        group by deal_id
        having count(distinct history.responsible_id) > 2
            or (count(distinct history.responsible_id) = 2
                and max_by(history.responsible_id, seq) <> any_value(deals.responsible_id))
        """,
        )
        == []
    )


def test_orders_are_dated_only_while_their_deal_is_won(seen: duckdb.DuckDBPyConnection) -> None:
    assert (
        rows(
            seen,
            """
        select order_id from order_items join deals on deals.id = deal_id
        where not is_return and ordered_at is not null
            and (status <> 'won' or ordered_at <> closed_at)
        """,
        )
        == []
    )
    undated = rows(
        seen,
        """
        select avg(cast(ordered_at is null as integer)), count(*)
        from order_items join deals on deals.id = deal_id where status = 'won'
        """,
    )
    share, n = undated[0]
    assert n > 1_000  # type: ignore[operator]
    assert 0.005 < share < 0.08  # type: ignore[operator]
