"""Keys are unique, references lead somewhere, sums add up, at the default size and two seeds."""

from __future__ import annotations

import duckdb
import pytest

from dagster_project.sources.demo import tables

REFERENCES = (
    ("pipeline_stages", "pipeline_id", "pipelines"),
    ("deals", "pipeline_id", "pipelines"),
    ("deals", "stage_id", "pipeline_stages"),
    ("deals", "responsible_id", "users"),
    ("deals", "client_id", "clients"),
    ("deals", "campaign_id", "campaigns"),
    ("deals", "loss_reason_id", "loss_reasons"),
    ("deal_stage_history", "deal_id", "deals"),
    ("deal_stage_history", "stage_id", "pipeline_stages"),
    ("deal_stage_history", "moved_by", "users"),
    ("deal_stage_history", "responsible_id", "users"),
    ("order_items", "deal_id", "deals"),
    ("order_items", "client_id", "clients"),
    ("order_items", "good_id", "goods"),
    ("documents", "deal_id", "deals"),
    ("activities", "deal_id", "deals"),
    ("activities", "user_id", "users"),
    ("ad_spend", "campaign_id", "campaigns"),
    ("deletion_log", "merged_into_id", "deals"),
)


def count(raw: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = raw.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("table", tables.TABLES, ids=lambda table: table.name)
def test_every_key_is_unique_and_whole(
    raw: duckdb.DuckDBPyConnection, table: tables.RawTable
) -> None:
    key = ", ".join(table.key)
    assert count(raw, f"select count(*) from {table.name}") > 0
    assert count(raw, f"select count(*) - count(distinct ({key})) from {table.name}") == 0
    for column in table.key:
        assert count(raw, f"select count(*) from {table.name} where {column} is null") == 0


@pytest.mark.parametrize(("table", "column", "target"), REFERENCES)
def test_every_reference_leads_to_a_row(
    raw: duckdb.DuckDBPyConnection, table: str, column: str, target: str
) -> None:
    assert count(raw, f"select count({column}) from {table}") > 0
    lost = f"select count(*) from {table} where {column} not in (select id from {target})"
    assert count(raw, lost) == 0


def test_line_totals_are_quantity_times_price_less_discount(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    wrong = "select count(*) from order_items where total <> quantity * price - discount"
    assert count(raw, wrong) == 0


def test_an_order_lists_a_product_once_and_belongs_to_one_customer(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    assert (
        count(
            raw,
            """
            select count(*) from (
                select order_id from order_items where not is_return group by order_id
                having count(good_id) <> count(distinct good_id)
                    or count(distinct client_id) > 1 or count(distinct currency) > 1
                    or count(distinct deal_id) > 1
            )
            """,
        )
        == 0
    )


def test_a_deal_with_an_order_is_worth_its_lines_unless_free_or_a_correction(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    differing = count(
        raw,
        """
        with orders as (
            select deal_id, sum(total) as total, any_value(currency) as currency
            from order_items where deal_id is not null and not is_return group by deal_id
        )
        select count(*) from orders join deals on deals.id = deal_id
        where orders.currency <> deals.currency or (budget > 0 and budget <> total)
        """,
    )
    assert differing == 0


def test_returns_take_back_a_line_that_was_sold_before(raw: duckdb.DuckDBPyConnection) -> None:
    orphans = count(
        raw,
        """
        select count(*) from order_items as back
        left join order_items as sold
            on sold.order_id = back.order_id and sold.line_no = back.line_no - 1000
            and not sold.is_return and sold.total = back.total
        left join deals on deals.id = back.deal_id
        where back.is_return and (sold.order_id is null or deals.status <> 'won'
            or back.ordered_at <= coalesce(sold.ordered_at, deals.closed_at))
        """,
    )
    assert orphans == 0


def test_an_invoice_is_written_sent_and_paid_in_this_order(raw: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        select count(*) from documents where type = 'invoice'
            and (sent_at < issued_at or paid_at < sent_at or paid_at < issued_at
                or due_at <= issued_at)
    """
    assert count(raw, wrong) == 0


def test_a_payment_document_and_a_paid_invoice_say_the_same(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    wrong = """
        select count(*) from documents as invoice join documents as payment using (deal_id)
        where invoice.type = 'invoice' and payment.type = 'payment'
            and (invoice.paid_at is distinct from payment.paid_at
                or invoice.amount <> payment.amount or payment.status <> 'received'
                or invoice.status <> 'paid')
    """
    assert count(raw, wrong) == 0


def test_customers_are_known_before_they_buy(raw: duckdb.DuckDBPyConnection) -> None:
    early = """
        select count(*) from deals join clients on clients.id = client_id
        where deals.created_at < clients.created_at
    """
    assert count(raw, early) == 0


def test_only_managers_at_work_get_new_deals(raw: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        select count(*) from deal_stage_history join users on users.id = responsible_id
        where seq = 1 and (moved_at < hired_at or (not is_active and moved_at >= users.updated_at))
    """
    assert count(raw, wrong) == 0


def test_sizes_are_in_the_promised_proportion(raw: duckdb.DuckDBPyConnection) -> None:
    """About 5 events, 2 orders and 10 lines for each deal, 5 lines an order."""
    deals = count(raw, "select count(*) from deals")
    orders = count(raw, "select count(distinct order_id) from order_items")
    lines = count(raw, "select count(*) from order_items where not is_return")
    events = count(raw, "select count(*) from deal_stage_history")
    assert 4.5 < events / deals < 5.5
    assert 1.8 < orders / deals < 2.2
    assert 9 < lines / deals < 11
    assert 4.5 < lines / orders < 5.5
