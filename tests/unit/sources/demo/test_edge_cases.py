"""Every awkward thing a real CRM does is in the demo CRM, at its default size and for two seeds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from dagster_project.sources.demo import truths

from .conftest import Raw

STEPS = """
    with steps as (
        select history.*, type as kind, sort,
            lag(stage_id) over deal as stage_before,
            lag(stage_id, 2) over deal as stage_before_that,
            lag(type) over deal as kind_before,
            lag(sort) over deal as sort_before,
            lag(history.pipeline_id) over deal as pipeline_before,
            lag(moved_at) over deal as moved_before
        from deal_stage_history as history
        join pipeline_stages as stage on stage.id = stage_id
        window deal as (partition by deal_id order by seq)
    )
"""

# name of the case -> (least number of rows expected at 20,000 deals, query that finds them)
CASES = {
    "back and forth, A to B to A": (
        100,
        STEPS + "select deal_id from steps where stage_id = stage_before_that "
        "and stage_id <> stage_before and kind = 'open'",
    ),
    "lost after going back": (
        20,
        STEPS + "select deal_id from steps where kind = 'lost' and sort_before < "
        "(select max(sort) from steps as s where s.deal_id = steps.deal_id and s.kind = 'open')",
    ),
    "skipped stage": (
        100,
        STEPS + "select deal_id from steps where kind = 'open' and pipeline_id = pipeline_before "
        "and sort > sort_before + 10",
    ),
    "change of pipeline": (
        50,
        STEPS + "select deal_id from steps where pipeline_id <> pipeline_before",
    ),
    "reopened after being won": (
        20,
        STEPS + "select deal_id from steps where kind_before = 'won' and kind = 'open'",
    ),
    "reopened and lost": (
        5,
        STEPS + "select deal_id from steps where kind = 'lost' and deal_id in "
        "(select deal_id from steps where kind = 'won')",
    ),
    "created as won": (
        30,
        "select deal_id from deal_stage_history join pipeline_stages on id = stage_id "
        "where seq = 1 and type = 'won'",
    ),
    "two changes in one second": (
        50,
        STEPS + "select deal_id from steps where moved_at = moved_before",
    ),
    "owner change between two stage changes": (
        300,
        "select deal_id from deal_stage_history group by deal_id "
        "having count(distinct responsible_id) > 1",
    ),
    "owner change since the last stage change": (
        5,
        "select deals.id from deals join deal_stage_history on deal_id = deals.id "
        "group by deals.id, deals.responsible_id "
        "having max_by(deal_stage_history.responsible_id, seq) <> deals.responsible_id",
    ),
    "trashed deal": (50, "select id from deals where in_trash"),
    "removed deal": (50, "select entity_id from deletion_log where reason = 'removed'"),
    "merged deal": (
        50,
        "select entity_id from deletion_log where reason = 'merged' and merged_into_id is not null",
    ),
    "move by a robot": (
        1_000,
        f"select deal_id from deal_stage_history where moved_by = {truths.ROBOT_USER}",
    ),
    "move by somebody who is not the owner": (
        500,
        "select deal_id from deal_stage_history where moved_by <> responsible_id "
        f"and moved_by <> {truths.ROBOT_USER}",
    ),
    "zero amount": (50, "select id from deals where budget = 0"),
    "no amount": (50, "select id from deals where budget is null"),
    "negative amount": (3, "select id from deals where budget < 0 and status = 'won'"),
    "US dollars": (50, "select id from deals where currency = 'USD'"),
    "euros": (50, "select id from deals where currency = 'EUR'"),
    "tenge": (200, "select id from deals where currency = 'KZT'"),
    "line without product": (200, "select order_id from order_items where good_id is null"),
    "return": (200, "select order_id from order_items where is_return"),
    "return of a shop order": (
        100,
        "select order_id from order_items where is_return and deal_id is null",
    ),
    "order without a deal": (5_000, "select order_id from order_items where deal_id is null"),
    "offered, but not sold": (
        5_000,
        "select order_id from order_items join deals on deals.id = deal_id where status = 'lost'",
    ),
    "unknown region": (100, "select id from clients where region is null and geo_source is null"),
    "deal without client": (30, "select id from deals where client_id is null"),
    "deal without manager": (20, "select id from deals where responsible_id is null"),
    "invoice before contract": (
        20,
        "select invoice.deal_id from documents as invoice join documents as contract "
        "using (deal_id) where invoice.type = 'invoice' and contract.type = 'contract' "
        "and invoice.issued_at < contract.issued_at",
    ),
    "invoice lies as a draft": (
        20,
        "select id from documents where type = 'invoice' and sent_at is null and status = 'draft'",
    ),
    "contract without any invoice": (
        20,
        "select deal_id from documents where type = 'contract' and deal_id not in "
        "(select deal_id from documents where type = 'invoice')",
    ),
    "date in the future on a document": (
        3,
        "select documents.id from documents, account where issued_at > complete_to",
    ),
    "activity planned for the future": (
        20,
        "select activities.id from activities, account where happens_at > complete_to",
    ),
    "lost without a reason": (
        100,
        "select id from deals where status = 'lost' and loss_reason_id is null",
    ),
    "product without cost": (3, "select id from goods where cost is null"),
    "product without category": (1, "select id from goods where category is null"),
    "product off the price list": (3, "select id from goods where is_archived"),
    "inactive manager with deals": (
        100,
        "select deals.id from deals join users on users.id = responsible_id where not is_active",
    ),
    "inactive manager with open deals": (
        1,
        "select deals.id from deals join users on users.id = responsible_id "
        "where not is_active and status = 'open'",
    ),
    "manager hired in the middle": (
        100,
        "select deals.id from deals join users on users.id = responsible_id "
        "where hired_at > '2025-01-01'",
    ),
    "campaign started in the middle": (
        1,
        "select id from campaigns where started_at > '2025-01-01'",
    ),
    "event whose day depends on the time zone": (
        300,
        "select deal_id from deal_stage_history where cast(moved_at as date) <> "
        "cast(moved_at at time zone 'Europe/Moscow' as date)",
    ),
    "deal whose month depends on the time zone": (
        3,
        "select id from deals where month(created_at) <> "
        "month(created_at at time zone 'Europe/Moscow')",
    ),
    "deal stuck for more than half a year": (
        10,
        "select deals.id from deals, account where status = 'open' and not in_trash and "
        "not exists (select 1 from deal_stage_history where deal_id = deals.id "
        "and moved_at > complete_to - interval 180 day)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_demo_crm_contains(raw: duckdb.DuckDBPyConnection, case: str) -> None:
    at_least, sql = CASES[case]
    found = raw.execute(f"select count(*) from ({sql})").fetchone()
    assert found is not None
    assert found[0] >= at_least, f"{case}: {found[0]} rows"


def test_one_manager_has_exactly_three_deals(raw: duckdb.DuckDBPyConnection) -> None:
    found = raw.execute(
        "select count(*), sum(cast(in_trash as integer)) from deals where responsible_id = $1",
        [truths.TINY_MANAGER],
    ).fetchone()
    assert found == (truths.TINY_MANAGER_DEALS, 0)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Moscow", "Asia/Vladivostok", "America/New_York"])
def test_the_quiet_month_has_no_deals_in_any_time_zone(
    raw: duckdb.DuckDBPyConnection, zone: str
) -> None:
    months = raw.execute(
        """
        select count(*) filter (pipeline_id = $1), count(*) filter (pipeline_id <> $1)
        from deals where date_trunc('month', created_at at time zone $2) = $3
        """,
        [truths.QUIET_PIPELINE, zone, truths.QUIET_MONTH],
    ).fetchone()
    assert months is not None
    assert months[0] == 0
    assert months[1] > 100


def test_a_stage_is_renamed_without_changing_its_history(raw_at: Raw) -> None:
    names = []
    for moment in (datetime(2025, 8, 31, tzinfo=UTC), datetime(2025, 9, 2, tzinfo=UTC)):
        found = raw_at(2_000, 7, moment).execute(
            "select title from pipeline_stages where id = $1", [truths.RENAMED_STAGE]
        )
        names += [row[0] for row in found.fetchall()]
    assert names == [truths.RENAMED_FROM, truths.RENAMED_TO]


def test_a_manager_is_active_until_dismissed(raw_at: Raw) -> None:
    active = []
    for moment in (truths.DISMISSED_AT, truths.DISMISSED_AT + timedelta(seconds=1)):
        found = raw_at(2_000, 7, moment).execute(
            "select is_active from users where id = $1", [truths.DISMISSED_MANAGER]
        )
        active += [row[0] for row in found.fetchall()]
    assert active == [True, False]


def test_removed_and_merged_deals_leave_nothing_but_their_deletion(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    gone = "(select entity_id from deletion_log where reason in ('removed', 'merged'))"
    for table, column in (
        ("deals", "id"),
        ("deal_stage_history", "deal_id"),
        ("order_items", "deal_id"),
        ("documents", "deal_id"),
        ("activities", "deal_id"),
    ):
        left = raw.execute(f"select count(*) from {table} where {column} in {gone}").fetchone()
        assert left == (0,), table
    trashed = raw.execute(
        "select count(*) from deals where in_trash <> "
        "(id in (select entity_id from deletion_log where reason = 'trashed'))"
    ).fetchone()
    assert trashed == (0,)
