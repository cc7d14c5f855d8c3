"""The gate on products, regions and unmapped cities: one broken number blocks the build."""

from __future__ import annotations

import pytest

from tests.unit.quality.conftest import Gate, result_of

ALL_TIME = "where quarter is null"
A_QUARTER = "where quarter is not null"

BREAKS = {
    "negative units": (
        "update marts.products set returned_units = -1",
        "products.counts_are_not_negative",
    ),
    "a win rate above one": (
        "update marts.products set win_rate = 1.1",
        "products.shares_are_shares",
    ),
    "a class nobody knows": (
        "update marts.products set abc_revenue = 'D'",
        "products.classes_are_known",
    ),
    "a product verdict nobody knows": (
        "update marts.products set verdict = 'great'",
        "products.verdicts_are_known",
    ),
    "a product's revenue one cent off": (
        f"update marts.products set revenue = 3.21 {ALL_TIME}",
        "products.revenue_agrees_with_core",
    ),
    "a quarter's revenue one cent off": (
        f"update marts.products set revenue = 3.19 {A_QUARTER}",
        "products.quarters_add_up_to_all_time",
    ),
    "a quarter with more orders than there are": (
        f"update marts.products set orders = 3 {A_QUARTER}",
        "products.quarters_do_not_exceed_all_time",
    ),
    "class A without most of the revenue": (
        "update marts.products set abc_revenue = 'B'",
        "products.class_a_brings_most",
    ),
    "a product won more often than offered": (
        "update marts.products set won_deals = 9",
        "products.wins_are_not_more_than_offers",
    ),
    "a bundle in more orders than there are": (
        "update marts.bundles set orders = 11",
        "bundles.support_is_a_share",
    ),
    "a bundle without a lift": (
        "update marts.bundles set lift = 0",
        "bundles.lift_is_positive",
    ),
    "a bundle of three that is called a pair": (
        "update marts.bundles set product_ids = 'a|b|c'",
        "bundles.size_is_the_number_of_products",
    ),
    "a bundle too rare to be listed": (
        "update marts.bundles set orders = 4, support = 0.4",
        "bundles.orders_reach_the_minimum",
    ),
    "a pair's confidence above one": (
        "update marts.bought_together set confidence = 1.01",
        "bought_together.confidence_is_a_share",
    ),
    "a pair in more orders than one of its products": (
        "update marts.bought_together set with_product_orders = 4",
        "bought_together.orders_fit_in_each_other",
    ),
    "a corrected p-value below the plain one": (
        "update marts.bought_together set q_value = 0.001",
        "bought_together.probabilities_are_probabilities",
    ),
    "negative marketing spend": (
        "update marts.region_marketing set spend = -2",
        "region_marketing.spend_is_not_negative",
    ),
    "negative leads": (
        "update marts.region_marketing set leads = -1",
        "region_marketing.counts_are_not_negative",
    ),
    "marketing spend lost on the way": (
        f"update marts.region_marketing set spend = 1.99 {ALL_TIME}",
        "region_marketing.spend_agrees_with_core",
    ),
    "a return on other spend": (
        "update marts.region_marketing set romi = 0.45",
        "region_marketing.romi_is_return_by_spend",
    ),
    "effects one cent off": (
        "update marts.region_drivers set effect = effect + 0.01 where driver = 'leads'",
        "region_drivers.effects_add_up_to_the_difference",
    ),
    "an effect of what cannot be measured": (
        "update marts.region_drivers set effect = 5 where not_measurable is not null",
        "region_drivers.effects_add_up_to_the_difference",
    ),
    "a driver left out": (
        "delete from marts.region_drivers where driver = 'mix'",
        "region_drivers.every_driver_is_there",
    ),
    "a difference of other revenues": (
        "update marts.region_drivers set base_revenue = 2.11",
        "region_drivers.difference_is_revenue_less_base",
    ),
    "explained revenue that nobody earned": (
        "update marts.region_drivers set revenue = 1.11, base_revenue = 2.11",
        "region_drivers.revenue_agrees_with_core",
    ),
    "a region verdict nobody knows": (
        "update marts.region_verdicts set verdict = 'flourish'",
        "region_verdicts.verdict_is_known",
    ),
    "a verdict without evidence": (
        "update marts.region_verdicts set evidence = ' '",
        "region_verdicts.evidence_is_there",
    ),
    "a verdict on nowhere": (
        "update marts.region_verdicts set region = '(unknown)'",
        "region_verdicts.region_is_known",
    ),
    "more cities missing than there are": (
        "update marts.data_coverage set missing_n = 11 where dimension = 'region'",
        "data_coverage.missing_is_part_of_all",
    ),
}


@pytest.mark.parametrize(("statement", "check"), BREAKS.values(), ids=BREAKS.keys())
def test_gate_blocks(gate: Gate, statement: str, check: str) -> None:
    verdict = gate(statement, only=check.rpartition(".")[0])
    result = result_of(verdict, check)
    assert not verdict.passed
    assert result.label == "failed", result.error
    assert result.unexpected_count >= 1


def without_region(customers: int) -> str:
    """Make this many of 200 customers live in cities of no known region."""
    return (
        f"update marts.data_coverage set missing_n = {customers}, missing_share = {customers} / 200"
        " where dimension = 'city_region' and member is null"
    )


@pytest.mark.parametrize(
    ("customers", "warns", "blocks"), [(4, False, False), (5, True, False), (51, True, True)]
)
def test_gate_warns_of_unmapped_cities_and_blocks_when_they_are_many(
    gate: Gate, customers: int, warns: bool, blocks: bool
) -> None:
    verdict = gate(without_region(customers), only="data_coverage")
    warning = result_of(verdict, "data_coverage.cities_have_a_region")
    assert warning.label == ("warning" if warns else "passed")
    assert verdict.passed is not blocks
    assert result_of(verdict, "data_coverage.most_cities_have_a_region").blocks is blocks
    if warns:
        assert [row["city"] for row in warning.sample] == ["Урюпинск", "Мышкин"]


def test_gate_does_not_judge_the_cities_of_a_few_customers(gate: Gate) -> None:
    verdict = gate(
        "update marts.data_coverage set n = 19, missing_n = 19, missing_share = 1"
        " where dimension = 'city_region' and member is null",
        only="data_coverage",
    )
    assert verdict.checks_failed == 0
