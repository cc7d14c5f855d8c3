"""Companies whose data end in different years, reported together: nothing is lost at the end."""

from __future__ import annotations

from dagster_project.settings import Settings
from tests.dbt.basket_core import query, run_dbt_tests

IDENTITIES = (
    "products__quarters_add_up_to_all_time products__revenue_is_all_that_was_sold"
    " regions__every_level_adds_up_to_the_company regions__quarterly_revenue_is_that_of_products"
    " region_drivers__revenue_is_that_of_regions region_drivers__effects_add_up_to_the_difference"
    " region_drivers__every_region_and_quarter_is_compared"
    " region_verdicts__one_for_each_known_region"
)


def test_reports_of_sources_that_end_in_different_years_add_up(together: Settings) -> None:
    run_dbt_tests(together.warehouse_path, IDENTITIES, **together.dbt_vars())


def test_quarters_go_on_to_the_end_of_the_latest_source(together: Settings) -> None:
    assert query(
        together.warehouse_path,
        "select max(quarter), max(quarter) filter (where is_complete) from marts.regions",
    ) == query(together.warehouse_path, "select date '2017-10-01', date '1998-01-01'")


def test_products_are_complete_and_judged_by_their_own_source(together: Settings) -> None:
    rows = query(
        together.warehouse_path,
        "select source, max(quarter)::text, (max(quarter) filter (where is_complete))::text,"
        " count(*) filter (where quarter is null and verdict = 'too_new')"
        " from marts.products group by source order by source",
    )
    assert rows == [
        ("adventureworks", "2017-04-01", "2017-01-01", 0),
        ("maven", "2017-10-01", "2017-07-01", 0),
        ("northwind", "1998-04-01", "1998-01-01", 0),
    ]
