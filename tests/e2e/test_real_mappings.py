# ruff: noqa: DTZ001 (UTC without a mark, as raw tables have it)
"""Real companies' exports through their mappings: the figures that are known must come out.

The data sets are not part of the project; see `real_data` in tests/conftest.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dagster_project.settings import ROOT
from dagster_project.sources.files.mapping_file import load_mapping
from dagster_project.sources.files.prepare import Prepared, prepared

Ask = Callable[[str, str], list[tuple[Any, ...]]]
MAPPINGS = sorted(path.stem for path in (ROOT / "tests" / "mappings").glob("*.yml"))


@pytest.fixture(scope="module")
def results(real_data: Path) -> Iterator[Callable[[str], Prepared]]:
    """A mapping, worked out once for all tests."""
    done: dict[str, Prepared] = {}
    with ExitStack() as stack:

        def work_out(name: str) -> Prepared:
            if name not in done:
                path = ROOT / "tests" / "mappings" / f"{name}.yml"
                mapping = load_mapping(path, {"VORONKA_REAL_DATA": str(real_data)})
                done[name] = stack.enter_context(prepared(mapping))
            return done[name]

        yield work_out


@pytest.fixture
def ask(results: Callable[[str], Prepared]) -> Ask:
    def query(name: str, sql: str) -> list[tuple[Any, ...]]:
        return results(name).space.connection.execute(sql).fetchall()

    return query


@pytest.mark.parametrize("name", MAPPINGS)
def test_real_export_has_no_rejected_row(results: Callable[[str], Prepared], name: str) -> None:
    result = results(name)
    assert {entity for entity, counted in result.tallies.items() if counted.rejected} == set()
    assert all(counted.read for counted in result.tallies.values())


def test_maven_outcomes_and_won_value(ask: Ask) -> None:
    assert ask(
        "maven_crm_sales",
        "select outcome, stage_id, count(*), sum(amount) from _good_deals group by all order by 2",
    ) == [
        ("open", "engaging", 1589, None),
        ("lost", "lost", 2473, Decimal(0)),
        ("open", "prospecting", 500, None),
        ("won", "won", 4238, Decimal(10_005_534)),
    ]


def test_maven_days_to_win_and_to_lose(ask: Ask) -> None:
    assert ask(
        "maven_crm_sales",
        "select outcome, round(avg(date_diff('day', created_at, closed_at)), 3) from _good_deals "
        "where closed_at is not null group by all order by 1",
    ) == [("lost", 41.479), ("won", 51.782)]


def test_maven_regions(ask: Ask) -> None:
    assert ask(
        "maven_crm_sales",
        "select region, cast(sum(l.amount) as int), count(*) from _good_order_lines as l "
        "join _good_customers using (customer_id) group by 1 order by 2 desc",
    ) == [("West", 3_568_647, 1438), ("Central", 3_346_293, 1629), ("East", 3_090_594, 1171)]


def test_maven_teams_and_best_agent(ask: Ask) -> None:
    won = (
        "select {}, cast(sum(amount) as int), count(*) from _good_deals "
        "join _good_managers using (manager_id) where outcome = 'won' group by 1 order by 2 desc"
    )
    assert ask("maven_crm_sales", won.format("team")) == [
        ("Melvin Marxen", 2_251_930, 882),
        ("Summer Sewald", 1_964_750, 828),
        ("Rocco Neubert", 1_960_545, 691),
        ("Celia Rouche", 1_603_897, 610),
        ("Cara Losch", 1_130_049, 480),
        ("Dustin Brinkmann", 1_094_363, 747),
    ]
    assert ask("maven_crm_sales", won.format("manager_id"))[0] == (
        "Darcel Schlecht",
        1_153_214,
        349,
    )
    assert ask(
        "maven_crm_sales",
        "select count(*), count(*) filter (manager_id not in (select manager_id from _good_deals)) "
        "from _good_managers",
    ) == [(35, 5)]


def test_maven_products_join_in_spite_of_their_spelling(ask: Ask) -> None:
    found = ask(
        "maven_crm_sales",
        "select p.name, cast(sum(l.amount) as int), count(*) from _good_order_lines as l "
        "join _good_products as p using (product_id) group by 1 order by 2 desc",
    )
    assert found[:3] == [
        ("GTX Pro", 3_510_578, 729),
        ("GTX Plus Pro", 2_629_651, 479),
        ("MG Advanced", 2_216_387, 654),
    ]
    assert sum(row[1] for row in found) == 10_005_534


def test_maven_deals_without_account_or_date_are_kept(ask: Ask) -> None:
    assert ask(
        "maven_crm_sales",
        "select count(*) filter (customer_id like '(no account) @ %'), "
        "count(*) filter (created_at is null) from _good_deals",
    ) == [(1425, 500)]
    assert ask(
        "maven_crm_sales",
        "select stage_id, count(*) from _good_stage_events group by 1 order by 1",
    ) == [("engaging", 8300), ("lost", 2473), ("won", 4238)]


def test_bpi_stages_are_reached_as_published(ask: Ask) -> None:
    assert ask(
        "bpi_challenge_2012",
        "select stage_id, count(distinct deal_id) from _good_stage_events "
        "group by 1 order by 2 desc",
    ) == [
        ("A_SUBMITTED", 13_087),
        ("A_DECLINED", 7_635),
        ("A_PREACCEPTED", 7_367),
        ("A_ACCEPTED", 5_113),
        ("A_FINALIZED", 5_015),
        ("A_CANCELLED", 2_807),
        ("A_APPROVED", 2_246),
    ]


def test_bpi_outcomes_and_reasons(ask: Ask) -> None:
    assert ask(
        "bpi_challenge_2012",
        "select outcome, lost_reason_id, count(*) from _good_deals group by all order by all",
    ) == [
        ("lost", "cancelled", 2_807),
        ("lost", "declined", 7_635),
        ("open", None, 399),
        ("won", None, 2_246),
    ]


def test_bpi_mixed_offsets_become_utc(ask: Ask) -> None:
    (row,) = ask(
        "bpi_challenge_2012",
        "select min(entered_at), count(*) filter (entered_at < created_at - interval 1 second) "
        "from _good_stage_events join _good_deals using (deal_id)",
    )
    assert row == (datetime(2011, 9, 30, 22, 38, 44, 546_000), 0)
    assert ask("bpi_challenge_2012", "select count(*) from events") == [(262_200,)]
    assert ask(
        "bpi_challenge_2012", 'select count(*) from events where "org:resource" is null'
    ) == [(18_010,)]


def test_olist_funnel_by_origin(ask: Ask) -> None:
    assert ask(
        "olist_marketing_funnel",
        "select lead_source, count(*), count(*) filter (outcome = 'won') from _good_deals "
        "group by 1 order by 2 desc",
    ) == [
        ("organic_search", 2_296, 271),
        ("paid_search", 1_586, 195),
        ("social", 1_350, 75),
        ("unknown", 1_099, 179),
        ("direct_traffic", 499, 56),
        ("email", 493, 15),
        ("referral", 284, 24),
        ("other", 150, 4),
        ("display", 118, 6),
        ("other_publicities", 65, 3),
        (None, 60, 14),
    ]


def test_olist_funnel_knows_the_place_of_380_sellers(ask: Ask) -> None:
    assert ask(
        "olist_marketing_funnel",
        "select count(*), count(region) from _good_deals join _good_customers using (customer_id) "
        "where outcome = 'won'",
    ) == [(842, 380)]


def test_olist_orders_lines_and_revenue(ask: Ask) -> None:
    assert ask(
        "olist_sample_10k",
        "select count(distinct order_id), count(*), sum(amount) from _good_order_lines",
    ) == [(10_000, 11_513, Decimal("1389602.03"))]
    assert ask(
        "olist_sample_10k",
        "select count(*) from "
        "(select order_id from _good_order_lines group by 1 having count(*) > 1)",
    ) == [(1_031,)]


def test_olist_freight_and_payments_read_from_text(ask: Ask, real_data: Path) -> None:
    assert ask("olist_sample_10k", "select sum(money(freight_value)) from items") == [
        (Decimal("230918.16"),)
    ]


def test_olist_states(ask: Ask) -> None:
    found = ask(
        "olist_sample_10k",
        "select region, count(distinct order_id) from _good_order_lines "
        "join _good_customers using (customer_id) group by 1 order by 2 desc limit 3",
    )
    assert found == [("SP", 4_202), ("RJ", 1_301), ("MG", 1_166)]


def test_olist_categories_are_translated_in_spite_of_the_byte_order_mark(ask: Ask) -> None:
    assert ask(
        "olist_sample_10k",
        "select count(*) > 0 from _good_products where category = 'health_beauty'",
    ) == [(True,)]


def test_adventureworks_orders_lines_and_revenue(ask: Ask) -> None:
    assert ask(
        "adventureworks_maven",
        "select count(*), count(distinct order_id), round(sum(amount) / 1e6, 2) "
        "from _good_order_lines where not is_return",
    ) == [(56_046, 25_164, 24.91)]
    assert ask(
        "adventureworks_maven",
        "select count(*) from (select order_id from _good_order_lines where not is_return "
        "group by 1 having count(*) > 1)",
    ) == [(16_919,)]


def test_adventureworks_every_line_has_one_of_ten_territories(ask: Ask) -> None:
    assert ask(
        "adventureworks_maven",
        "select count(distinct region), count(*) filter (region is null) from _good_order_lines "
        "join _good_customers using (customer_id)",
    ) == [(10, 0)]


def test_adventureworks_dates_in_two_spellings(ask: Ask) -> None:
    assert ask(
        "adventureworks_maven",
        "select min(ordered_at), max(ordered_at) from _good_order_lines where not is_return",
    ) == [(datetime(2015, 1, 1), datetime(2017, 6, 30))]


def test_adventureworks_cp1252_names_and_quoted_incomes(ask: Ask) -> None:
    assert ask(
        "adventureworks_maven",
        "select count(*), min(money(\"AnnualIncome\")), max(money(\"AnnualIncome\")), "
        "count(*) filter (contains(\"LastName\", chr(65533))) from buyers",
    ) == [(18_148, Decimal(10_000), Decimal(170_000), 0)]  # fmt: skip


@pytest.mark.parametrize("name", ["northwind", "northwind_json"])
def test_northwind_orders_and_lines(ask: Ask, name: str) -> None:
    assert ask(name, "select count(distinct order_id), count(*) from _good_order_lines") == [
        (830, 2155)
    ]


def test_northwind_csv_and_json_are_the_same_sales(ask: Ask) -> None:
    sql = (
        "select country, sum(l.amount), sum(discount), count(*) from _good_order_lines as l "
        "join _good_customers using (customer_id) group by 1 order by 1"
    )
    from_csv = ask("northwind", sql)
    assert len(from_csv) == 21
    assert ask("northwind_json", sql) == from_csv


def test_northwind_accents_and_missing_regions(ask: Ask) -> None:
    assert ask(
        "northwind", "select city, region from _good_customers where name = 'Berglunds snabbköp'"
    ) == [("Luleå", "Sweden")]


def test_groceries_baskets_and_items(ask: Ask) -> None:
    assert ask(
        "groceries",
        "select count(distinct order_id), count(distinct product_id), count(amount) "
        "from _good_order_lines",
    ) == [(9_835, 169, 0)]
