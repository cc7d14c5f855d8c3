"""One broken number is enough: the gate finds it, says where, and stops the build."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dagster_project.quality.checks import Check
from dagster_project.quality.runner import run_gate
from dagster_project.settings import Settings
from dagster_project.warehouse.candidate import Candidate
from dagster_project.warehouse.connections import writer
from dagster_project.warehouse.files import sha256
from tests.unit.quality.conftest import CONTRACT, Gate, result_of

FIRST_ALL_TIME = "where stage_id = 's1' and cohort_month is null"

BREAKS = {
    "no funnel though there are deals": (
        "delete from marts.funnel_stages",
        "funnel_stages.is_there_where_deals_are",
    ),
    "a source with pipelines lost its deals": (
        "delete from marts.deals",
        "deals.every_source_with_pipelines_has_deals",
    ),
    "a duplicate key": (
        "insert into marts.deals from marts.deals where deal_id = 'd3'",
        "deals.key_is_unique",
    ),
    "a duplicate key with a null in it": (
        f"insert into marts.funnel_stages from marts.funnel_stages {FIRST_ALL_TIME}",
        "funnel_stages.key_is_unique",
    ),
    "a reach that does not add up": (
        f"update marts.funnel_stages set lost = lost + 1 {FIRST_ALL_TIME}",
        "funnel_stages.reached_is_passed_lost_or_open",
    ),
    "a conversion above one": (
        f"update marts.funnel_stages set conversion = 1.2 {FIRST_ALL_TIME}",
        "funnel_stages.conversion_is_a_share",
    ),
    "a negative count": (
        f"update marts.funnel_stages set open = -1, lost = lost + 2 {FIRST_ALL_TIME}",
        "funnel_stages.counts_are_not_negative",
    ),
    "a conversion of nobody": (
        "update marts.funnel_stages set conversion = 0.61 " + FIRST_ALL_TIME,
        "funnel_stages.conversion_is_passed_by_reached",
    ),
    "a stage reached more often than the one before": (
        "update marts.funnel_stages set reached = 11, lost = lost + 5 where stage_id = 's2'",
        "funnel_stages.later_stage_is_not_reached_more_often",
    ),
    "deals lost between core and funnel": (
        "update marts.funnel_stages set reached = reached - 1, open = open - 1"
        " where stage_id = 's1'",
        "funnel_stages.first_stage_has_every_deal",
    ),
    "a region's revenue one cent off": (
        "update marts.regions set revenue = revenue + 0.01"
        " where region = 'Тверь' and quarter is null",
        "regions.revenue_of_each_level_is_the_companys",
    ),
    "a deal one cent off": (
        "update marts.deals set amount = amount - 0.01 where deal_id = 'd7'",
        "deals.every_deal_of_the_core_is_there",
    ),
    "a missing deal": (
        "delete from marts.deals where deal_id = 'd7'",
        "deals.totals_agree_with_core",
    ),
    "a missing table": ("drop table marts.regions", "regions.table_is_there"),
    "an empty table": ("delete from marts.regions", "regions.has_enough_rows"),
    "a missing column": (
        "alter table marts.deals drop column customer_name",
        "deals.columns_are_as_agreed",
    ),
    "an unknown column": (
        "alter table marts.deals add column phone varchar",
        "deals.columns_are_as_agreed",
    ),
    "a column of another type": (
        "alter table marts.deals alter amount type double",
        "deals.types_are_as_agreed",
    ),
    "a null as_of": (
        "update marts.regions set as_of = null where region = 'Тверь'",
        "regions.as_of_is_there",
    ),
    "tables of two nights": (
        "update marts.regions set as_of = timestamp '2026-06-30'",
        "regions.as_of_is_the_same_everywhere",
    ),
    "a deal twice in the core": (
        "insert into core.fct_deals from core.fct_deals where deal_id = 'd1'",
        "core.fct_deals.key_is_unique",
    ),
    "a deal the core lost": (
        "delete from core.fct_deals where deal_id = 'd9'",
        "core.fct_deals.none_is_lost_on_the_way",
    ),
    "an outcome nobody knows": (
        "update core.fct_deals set outcome = 'maybe' where deal_id = 'd9'",
        "core.fct_deals.outcome_is_known",
    ),
}


def test_gate_passes_right_tables(gate: Gate) -> None:
    verdict = gate()
    assert [f"{r.table}.{r.name}: {r.observed}{r.error}" for r in verdict.blocking] == []
    assert verdict.passed
    assert verdict.checks_run > 40
    assert verdict.checks_failed == 0


@pytest.mark.parametrize(("statement", "check"), BREAKS.values(), ids=BREAKS.keys())
def test_gate_blocks(gate: Gate, statement: str, check: str) -> None:
    verdict = gate(statement, only=check.rpartition(".")[0])
    result = result_of(verdict, check)
    assert not verdict.passed
    assert result.label == "failed"
    assert result.blocks
    assert result.unexpected_count >= 1


def test_gate_names_the_offending_rows(gate: Gate) -> None:
    verdict = gate(
        "update marts.deals set outcome = 'maybe', amount = 1.5 where deal_id = 'd7'", only="deals"
    )
    from_expectation = result_of(verdict, "deals.outcome_is_known")
    assert from_expectation.sample == ({"deal_id": "d7", "outcome": "maybe"},)
    assert from_expectation.observed == "1 of 10 rows break the rule"
    from_query = result_of(verdict, "deals.every_deal_of_the_core_is_there")
    assert from_query.sample == (
        {
            "deal_id": "d7",
            "core_outcome": "lost",
            "published_outcome": "maybe",
            "core_amount": "7.10",
            "published_amount": "1.50",
        },
    )


def test_gate_names_at_most_twenty_rows_and_counts_all(gate: Gate) -> None:
    verdict = gate(
        "insert into marts.deals select source, 'x' || i, 'X', 'maybe', 1, as_of"
        " from marts.deals, range(30) as t(i) where deal_id = 'd1'",
        only="deals",
    )
    for check in ("deals.outcome_is_known", "deals.every_deal_of_the_core_is_there"):
        result = result_of(verdict, check)
        assert (len(result.sample), result.unexpected_count) == (20, 30)


def test_gate_names_missing_columns(gate: Gate) -> None:
    verdict = gate("alter table marts.deals rename column customer_name to client", only="deals")
    result = result_of(verdict, "deals.columns_are_as_agreed")
    assert result.observed == "missing: customer_name; not agreed: client"


def test_gate_lets_a_warning_through(gate: Gate) -> None:
    verdict = gate(
        "update core.fct_deals set closed_at = timestamp '2020-01-01' where deal_id = 'd1'"
    )
    result = result_of(verdict, "core.fct_deals.closed_not_before_created")
    assert result.label == "warning"
    assert result.sample[0]["deal_id"] == "d1"
    assert verdict.passed
    assert verdict.checks_failed == 1


@pytest.mark.parametrize(
    "check",
    [
        Check("deals", "x", "Rule.", query="select * from {batch} where no_such_column > 1"),
        Check("deals", "x", "Rule.", query="select * frm {batch}"),
        Check("deals", "x", "Rule.", expect="ExpectNothing"),
        Check("deals", "x", "Rule.", expect="ExpectColumnSumToBeBetween", arguments={"min": 1}),
        Check(
            "deals",
            "x",
            "Rule.",
            expect="ExpectColumnValuesToNotBeNull",
            arguments={"column": "no_such_column"},
        ),
    ],
    ids=["unknown column", "bad SQL", "unknown expectation", "wrong argument", "wrong column"],
)
def test_broken_check_blocks_even_as_a_warning(
    settings: Settings, candidate_of: Callable[..., Candidate], check: Check
) -> None:
    fine = Check("deals", "fine", "Rule.", query="select * from {batch} where 1 = 0")
    warning = Check(
        check.table, check.name, check.rule, check.query, check.expect, check.arguments, "warning"
    )
    verdict = run_gate(candidate_of(), settings.warehouse_path, CONTRACT, [fine, warning])
    assert [result.label for result in verdict.results] == ["passed", "check broken"]
    assert verdict.results[1].error
    assert not verdict.passed


def test_gate_without_checks_does_not_pass(
    settings: Settings, candidate_of: Callable[..., Candidate]
) -> None:
    assert not run_gate(candidate_of(), settings.warehouse_path, CONTRACT, []).passed


def test_verdict_is_about_the_very_file(
    settings: Settings, candidate_of: Callable[..., Candidate]
) -> None:
    candidate = candidate_of()
    before = sha256(candidate.database)
    verdict = run_gate(candidate, settings.warehouse_path, CONTRACT)
    assert verdict.candidate_sha256 == before == sha256(candidate.database)


def test_gate_releases_both_files(gate: Gate, settings: Settings) -> None:
    gate()
    with writer(settings.warehouse_path) as connection:
        assert connection.execute("select count(*) from core.fct_deals").fetchone() == (10,)


def test_gate_checks_every_published_table_by_its_contract(gate: Gate) -> None:
    names = {(result.table, result.name) for result in gate().results}
    for table in CONTRACT:
        for check in ("table_is_there", "columns_are_as_agreed", "key_is_unique", "as_of_is_there"):
            assert (table, check) in names
