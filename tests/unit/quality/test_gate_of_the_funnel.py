"""Flow, bridge, stalled deals and payment gaps of a tiny company, broken one number at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_project.quality.runner import run_gate
from dagster_project.quality.selection import gate_checks
from dagster_project.settings import get_settings
from dagster_project.warehouse.candidate import build_candidate
from dagster_project.warehouse.connections import writer
from dagster_project.warehouse.contract import Contract, TableContract
from dagster_project.warehouse.ops import record_transform
from dagster_project.warehouse.verdict import Verdict
from tests.unit.quality.conftest import result_of

FLOW = ("opening", "entered", "advanced", "won", "lost", "moved_back", "moved_pipeline", "closing")

CONTRACT: Contract = {
    "funnel_flow": TableContract(
        {
            "pipeline_id": "varchar",
            "stage_id": "varchar",
            "month": "date",
            **dict.fromkeys((*FLOW, "undated"), "bigint"),
            "as_of": "timestamp",
        },
        ("pipeline_id", "stage_id", "month"),
    ),
    "funnel_bridge": TableContract(
        {
            "pipeline_id": "varchar",
            "month": "date",
            "line_number": "integer",
            "line": "varchar",
            "part": "varchar",
            "deals": "bigint",
            "value": "decimal(18,2)",
            "not_measurable": "varchar",
            "as_of": "timestamp",
        },
        ("pipeline_id", "month", "line_number"),
    ),
    "stalled_deals": TableContract(
        {
            "amount_rank": "integer",
            "deal_id": "varchar",
            "pipeline_id": "varchar",
            "stage_id": "varchar",
            "days": "double",
            "threshold_days": "double",
            "threshold_n": "bigint",
            "amount": "decimal(18,2)",
            "as_of": "timestamp",
        },
        ("amount_rank",),
    ),
    "payment_gaps": TableContract(
        {
            "deal_id": "varchar",
            "outcome": "varchar",
            "cause": "varchar",
            "amount": "decimal(18,2)",
            "invoice_sent_at": "timestamp",
            "invoice_wait_days": "double",
            "late_after_days": "double",
            "invoice_was_late": "boolean",
            "invoice_due_at": "timestamp",
            "lost_reason_category": "varchar",
            "not_measurable": "varchar",
            "as_of": "timestamp",
        },
        ("deal_id",),
    ),
}

_WAREHOUSE = """
    create schema core; create schema marts;
    create table core.dim_sources as
        select
            'demo' as source, timestamp '2026-05-01' as history_start,
            timestamp '2026-06-30' as complete_to, timestamp '2026-06-30' as as_of;
    create table core.fct_stage_stays as
        select
            'demo' as source, 'd' || i as deal_id, 'p' as pipeline_id, 's1' as stage_id,
            timestamp '2026-05-02' as entered_at,
            case when i <= 3 then timestamp '2026-06-03' end as left_at,
            case when i <= 2 then 'advanced' when i = 3 then 'lost' end as exit_kind
        from range(1, 5) as t(i);
    create table marts.funnel_flow as
        select
            'p' as pipeline_id, 's1' as stage_id, month, opening, entered, advanced, won, lost,
            cast(0 as bigint) as moved_back, cast(0 as bigint) as moved_pipeline, closing,
            cast(0 as bigint) as undated, timestamp '2026-06-30' as as_of
        from (values
            (date '2026-05-01', 0::bigint, 4::bigint, 0::bigint, 0::bigint, 0::bigint, 4::bigint),
            (date '2026-06-01', 4, 0, 2, 1, 1, 1)
        ) as t(month, opening, entered, advanced, won, lost, closing);

    create table core.fct_deals as
        select
            'd' || i as deal_id, 'p' as pipeline_id, date '2026-05-01' as cohort_month,
            case when i <= 2 then 'won' when i = 3 then 'lost' else 'open' end as outcome,
            cast(i + 0.10 as decimal(18, 2)) as amount, i as furthest_stage_number
        from range(1, 5) as t(i);
    create table core.dim_stages as
        select * from (values ('p', 3, 'contract'), ('p', 5, 'payment'))
            as t(pipeline_id, stage_number, role);
    create table core.fct_documents as
        select 'd1' as deal_id, 'payment' as kind, timestamp '2026-06-01' as paid_at;
    create table marts.funnel_bridge as
        select
            'p' as pipeline_id, month, cast(line_number as integer) as line_number, line, part,
            cast(deals as bigint) as deals, cast(value as decimal(18, 2)) as value,
            cast(null as varchar) as not_measurable, timestamp '2026-06-30' as as_of
        from (values
            (date '2026-05-01', 1, 'wins_in_month', 'start', 0, 0),
            (date '2026-05-01', 2, 'cohort_won_in_later_months', 'step', 2, 3.20),
            (date '2026-05-01', 3, 'wins_of_cohort', 'result', 2, 3.20),
            (date '2026-05-01', 4, 'cohort_still_open', 'rest', 1, 4.10),
            (date '2026-05-01', 5, 'cohort_lost', 'rest', 1, 3.10),
            (date '2026-05-01', 6, 'deals_of_cohort', 'total', 4, 10.40),
            (date '2026-06-01', 1, 'wins_in_month', 'start', 2, 3.20),
            (date '2026-06-01', 2, 'won_from_older_cohorts', 'step', -2, -3.20),
            (date '2026-06-01', 3, 'wins_of_cohort', 'result', 0, 0)
        ) as t(month, line_number, line, part, deals, value);

    create table marts.stalled_deals as
        select
            cast(1 as integer) as amount_rank, 'd4' as deal_id, 'p' as pipeline_id,
            's1' as stage_id, cast(59 as double) as days, cast(32 as double) as threshold_days,
            cast(2 as bigint) as threshold_n, cast(4.10 as decimal(18, 2)) as amount,
            timestamp '2026-06-30' as as_of;

    create table marts.payment_gaps as
        select
            deal_id, outcome, cause, cast(amount as decimal(18, 2)) as amount,
            timestamp '2026-06-02' as invoice_sent_at, cast(wait as double) as invoice_wait_days,
            cast(3 as double) as late_after_days, wait > 3 as invoice_was_late,
            timestamp '2026-07-02' as invoice_due_at, cast(null as varchar) as lost_reason_category,
            cast(null as varchar) as not_measurable, timestamp '2026-06-30' as as_of
        from (values
            ('d3', 'lost', 'other_reason', 3.10, 1), ('d4', 'open', 'invoice_sent_late', 4.10, 9)
        ) as t(deal_id, outcome, cause, amount, wait);
"""

IN_JUNE = "where month = date '2026-06-01'"
LATER = "where line = 'cohort_won_in_later_months'"

BREAKS = {
    "a month that does not balance": (
        f"update marts.funnel_flow set lost = lost + 1 {IN_JUNE}",
        "funnel_flow.it_balances",
    ),
    "a negative flow": (
        f"update marts.funnel_flow set moved_back = -1, closing = closing + 1 {IN_JUNE}",
        "funnel_flow.counts_are_not_negative",
    ),
    "more won than left": (
        f"update marts.funnel_flow set won = 3 {IN_JUNE}",
        "funnel_flow.won_is_part_of_advanced",
    ),
    "a month that begins with other deals": (
        f"update marts.funnel_flow set opening = 5, closing = 2 {IN_JUNE}",
        "funnel_flow.closing_opens_the_next_month",
    ),
    "a month left out": (
        "update marts.funnel_flow set month = date '2026-04-01' where month = date '2026-05-01'",
        "funnel_flow.closing_opens_the_next_month",
    ),
    "deals the core does not have": (
        "update marts.funnel_flow set opening = opening + 1, closing = closing + 1",
        "funnel_flow.stays_agree_with_core",
    ),
    "deals that left unseen": (
        f"update marts.funnel_flow set lost = lost + 1, closing = closing - 1 {IN_JUNE}",
        "funnel_flow.stays_agree_with_core",
    ),
    "no flow though there are stays": (
        "delete from marts.funnel_flow",
        "funnel_flow.stays_agree_with_core",
    ),
    "a step too small": (
        f"update marts.funnel_bridge set deals = 1 {LATER}",
        "funnel_bridge.steps_lead_from_one_end_to_the_other",
    ),
    "a step one cent off": (
        f"update marts.funnel_bridge set value = value + 0.01 {LATER}",
        "funnel_bridge.steps_lead_from_one_end_to_the_other",
    ),
    "a cohort that is more than became of it": (
        "update marts.funnel_bridge set deals = 5 where line = 'deals_of_cohort'",
        "funnel_bridge.steps_lead_from_one_end_to_the_other",
    ),
    "a negative number of wins": (
        "update marts.funnel_bridge set deals = -1 where line = 'cohort_lost'",
        "funnel_bridge.counts_are_not_negative",
    ),
    "a number missing without a reason": (
        f"update marts.funnel_bridge set deals = null {LATER}",
        "funnel_bridge.unknown_is_not_zero",
    ),
    "a zero that is not known": (
        f"update marts.funnel_bridge set not_measurable = 'no_stage_history' {LATER}",
        "funnel_bridge.unknown_is_not_zero",
    ),
    "a cohort of deals the core does not have": (
        "update marts.funnel_bridge set deals = deals + 1"
        " where line in ('cohort_lost', 'deals_of_cohort')",
        "funnel_bridge.cohorts_agree_with_core",
    ),
    "no bridge though there are deals": (
        "delete from marts.funnel_bridge",
        "funnel_bridge.cohorts_agree_with_core",
    ),
    "a stalled deal that is not": (
        "update marts.stalled_deals set days = 32",
        "stalled_deals.stays_are_longer_than_the_threshold",
    ),
    "a threshold of nothing": (
        "update marts.stalled_deals set threshold_n = 0",
        "stalled_deals.stays_are_longer_than_the_threshold",
    ),
    "a larger amount further down": (
        "insert into marts.stalled_deals"
        " select * replace (2 as amount_rank, 'd9' as deal_id, 5 as amount)"
        " from marts.stalled_deals",
        "stalled_deals.largest_amount_comes_first",
    ),
    "an amount after none": (
        "insert into marts.stalled_deals"
        " select * replace (0 as amount_rank, null as amount) from marts.stalled_deals",
        "stalled_deals.largest_amount_comes_first",
    ),
    "a stalled deal left out": (
        "update marts.stalled_deals set deal_id = 'd1'",
        "stalled_deals.no_stalled_deal_is_missing",
    ),
    "a stalled deal one cent off": (
        "update marts.stalled_deals set amount = 4.11",
        "stalled_deals.no_stalled_deal_is_missing",
    ),
    "a cause nobody knows": (
        "update marts.payment_gaps set cause = 'bad_luck' where deal_id = 'd3'",
        "payment_gaps.cause_is_known_or_it_is_said_why_not",
    ),
    "no cause and no reason why": (
        "update marts.payment_gaps set cause = null where deal_id = 'd3'",
        "payment_gaps.cause_is_known_or_it_is_said_why_not",
    ),
    "an invoice sent and not sent": (
        "update marts.payment_gaps set cause = 'invoice_not_sent' where deal_id = 'd3'",
        "payment_gaps.cause_fits_the_deal",
    ),
    "a late invoice blamed on something else": (
        "update marts.payment_gaps set cause = 'invoice_overdue' where deal_id = 'd4'",
        "payment_gaps.cause_fits_the_deal",
    ),
    "an open deal lost for a reason": (
        "update marts.payment_gaps set cause = 'other_reason', invoice_wait_days = 1"
        " where deal_id = 'd4'",
        "payment_gaps.cause_fits_the_deal",
    ),
    "a gap one cent off": (
        "update marts.payment_gaps set amount = 3.11 where deal_id = 'd3'",
        "payment_gaps.deals_agree_with_core",
    ),
    "a gap of a deal that was won": (
        "update marts.payment_gaps set deal_id = 'd1' where deal_id = 'd3'",
        "payment_gaps.deals_agree_with_core",
    ),
    "an unpaid contract left out": (
        "delete from marts.payment_gaps where deal_id = 'd3'",
        "payment_gaps.no_unpaid_contract_is_missing",
    ),
}

Gate = Callable[..., Verdict]


@pytest.fixture
def gate(data_dir: Path) -> Gate:
    """The verdict on the company's tables after the given SQL, from the checks of one table."""

    def build_and_check(table: str, *statements: str) -> Verdict:
        settings = get_settings()
        with writer(settings.warehouse_path) as connection:
            for statement in (_WAREHOUSE, *statements):
                connection.execute(statement)
        record_transform(settings, "dbt-1", datetime.now(UTC), "success")
        candidate = build_candidate(settings, "b1", CONTRACT)
        checks = [check for check in gate_checks(CONTRACT) if check.table == table]
        return run_gate(candidate, settings.warehouse_path, CONTRACT, checks)

    return build_and_check


@pytest.mark.parametrize("table", CONTRACT)
def test_gate_passes_right_tables(gate: Gate, table: str) -> None:
    verdict = gate(table)
    assert [f"{r.table}.{r.name}: {r.observed}{r.error}" for r in verdict.blocking] == []
    assert verdict.passed


@pytest.mark.parametrize(("statement", "check"), BREAKS.values(), ids=BREAKS.keys())
def test_gate_blocks(gate: Gate, statement: str, check: str) -> None:
    verdict = gate(check.partition(".")[0], statement)
    result = result_of(verdict, check)
    assert not verdict.passed
    assert result.label == "failed"
    assert result.unexpected_count >= 1
