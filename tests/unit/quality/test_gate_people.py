"""The gate on managers, lost reasons and restatements: one broken number blocks the build."""

from __future__ import annotations

import pytest

from tests.unit.quality.conftest import Gate, result_of

BREAKS = {
    "no managers though deals have owners": (
        "delete from marts.managers",
        "managers.is_there_where_deals_are",
    ),
    "more wins than deals": (
        "update marts.managers set deals = 1",
        "managers.wins_are_not_more_than_deals",
    ),
    "a negative number of deals": (
        "update marts.managers set deals = -1 where quarter is not null",
        "managers.counts_are_not_negative",
    ),
    "a win rate above one": (
        "update marts.managers set win_rate = 1.1",
        "managers.win_rate_is_a_share",
    ),
    "a win rate outside its interval": (
        "update marts.managers set win_rate_high = 0.2",
        "managers.win_rate_lies_in_its_interval",
    ),
    "a win rate of other deals": (
        "update marts.managers set win_rate = 0.3",
        "managers.win_rate_is_wins_by_deals",
    ),
    "a cent of somebody's wins missing": (
        "update marts.managers set value = 3.19 where quarter is null",
        "managers.wins_agree_with_core",
    ),
    "a stalled deal in nobody's hands": (
        "update marts.managers set stalled_deals = 0, stalled_value = 0 where quarter is null",
        "managers.stalled_deals_are_those_listed",
    ),
    "a stalled deal one cent off": (
        "update marts.managers set stalled_value = 9.11 where quarter is null",
        "managers.stalled_deals_are_those_listed",
    ),
    "a strong stage without a verdict": (
        "update marts.manager_stages set verdict = 'not_distinguishable'",
        "managers.strong_and_weak_stages_are_verdicts",
    ),
    "a weak stage nobody found weak": (
        "update marts.managers set weakest_stage = 'P: s2'",
        "managers.strong_and_weak_stages_are_verdicts",
    ),
    "deals of a manager that do not add up": (
        "update marts.manager_stages set lost = lost + 1 where stage_id = 's2'",
        "manager_stages.reached_is_passed_lost_or_open",
    ),
    "a manager's conversion above one": (
        "update marts.manager_stages set conversion = 1.2 where stage_id = 's2'",
        "manager_stages.conversion_is_a_share",
    ),
    "a manager's conversion outside its interval": (
        "update marts.manager_stages set conversion_low = 0.9 where stage_id = 's2'",
        "manager_stages.conversion_lies_in_its_interval",
    ),
    "a manager with more deals than the team": (
        "update marts.manager_stages set team_reached = 5 where stage_id = 's2'",
        "manager_stages.manager_is_part_of_the_team",
    ),
    "a verdict nobody knows": (
        "update marts.manager_stages set verdict = 'lazy' where stage_id = 's2'",
        "manager_stages.verdict_is_known",
    ),
    "a lost deal without a row": (
        "update marts.lost_reasons set deals = 3"
        " where lost_reason_id = 'price' and quarter is null",
        "lost_reasons.every_lost_deal_has_a_row",
    ),
    "a reason's share that is too small": (
        "update marts.lost_reasons set share_in_stage = 0.5 where lost_reason_id = 'price'",
        "lost_reasons.shares_of_a_stage_add_up",
    ),
    "a Pareto curve that ends early": (
        "update marts.lost_reasons set cumulative_share = 0.9 where cumulative_share = 1",
        "lost_reasons.last_cumulative_share_is_one",
    ),
    "a reason nobody was lost for": (
        "update marts.lost_reasons set previous_deals = 0 where lost_reason_id = 'rival'",
        "lost_reasons.reason_has_losses",
    ),
    "a change nobody tested": (
        "update marts.lost_reasons set change_q_value = null where lost_reason_id = 'rival'",
        "lost_reasons.change_is_tested",
    ),
    "a q-value above one": (
        "update marts.lost_reasons set change_q_value = 1.5 where lost_reason_id = 'rival'",
        "lost_reasons.change_is_tested",
    ),
    "losses without a reason that nobody misses": (
        "update marts.data_coverage set missing_n = 1, missing_share = 1 / 6.0"
        " where dimension = 'lost_reason'",
        "data_coverage.missing_reasons_are_those_not_recorded",
    ),
    "a dimension nobody knows": (
        "update marts.lost_reasons_by set dimension = 'weather' where dimension = 'region'",
        "lost_reasons_by.dimension_is_known",
    ),
    "a region that lost a deal on the way": (
        "update marts.lost_reasons_by set deals = deals - 1"
        " where dimension = 'region' and lost_reason_id = 'price' and quarter is null",
        "lost_reasons_by.members_add_up_to_lost_reasons",
    ),
    "a dimension that is missing": (
        "delete from marts.lost_reasons_by where dimension = 'product_category'",
        "lost_reasons_by.members_add_up_to_lost_reasons",
    ),
    "a category's value one cent off": (
        "update marts.lost_reasons_by set value = value + 0.01"
        " where dimension = 'product_category' and lost_reason_id = 'price' and quarter is null",
        "lost_reasons_by.members_add_up_to_lost_reasons",
    ),
    "a manager's shares that do not add up": (
        "update marts.lost_reasons_by set share_in_stage = 0.1"
        " where dimension = 'manager' and lost_reason_id = 'price'",
        "lost_reasons_by.shares_of_a_stage_add_up",
    ),
    "a member's change nobody tested": (
        "update marts.lost_reasons_by set change_q_value = null where lost_reason_id = 'rival'",
        "lost_reasons_by.change_is_tested",
    ),
    "a restatement nobody explains": (
        "delete from marts.restatements where reason = 'deleted_deal'",
        "restatements.reasons_add_up_to_the_difference",
    ),
    "a restatement one cent off": (
        "update marts.restatements set difference = 0.11 where metric = 'value_won'",
        "restatements.reasons_add_up_to_the_difference",
    ),
    "a month restated to something else": (
        "update marts.restatements set new_value = 11, old_value = 9"
        " where metric = 'deals_created'",
        "restatements.restated_values_are_those_of_the_core",
    ),
    "a restatement of a month under way": (
        "update marts.restatements set month = date '2026-07-01'",
        "restatements.only_months_that_were_over",
    ),
    "a restated metric nobody knows": (
        "update marts.restatements set metric = 'mood' where metric = 'value_won'",
        "restatements.metric_is_known",
    ),
    "a reason to restate that nobody knows": (
        "update marts.restatements set reason = 'magic' where metric = 'value_won'",
        "restatements.reason_is_known",
    ),
    "a verdict without significance": (
        "update marts.manager_stages set verdict = 'weaker' where stage_id = 's3'",
        "manager_stages.verdict_needs_a_test",
    ),
}


@pytest.mark.parametrize(("statement", "check"), BREAKS.values(), ids=BREAKS.keys())
def test_gate_blocks(gate: Gate, statement: str, check: str) -> None:
    verdict = gate(statement, only=check.rpartition(".")[0])
    result = result_of(verdict, check)
    assert not verdict.passed
    assert result.label == "failed", result.error
    assert result.blocks
    assert result.unexpected_count >= 1
