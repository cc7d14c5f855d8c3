# ruff: noqa: DTZ001 (text as people write it; UTC without a mark, as raw tables have it)
"""Bad rows go to the quarantine with file, line, column, value and reason; good rows go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from dagster_project.sources.files.errors import MappingError, TooManyRejectedError
from dagster_project.sources.files.prepare import Prepared
from tests.unit.sources.files.conftest import DEALS, PIPELINE, Company, rejects, rows

Deals = Callable[..., Prepared]


def reasons(result: Prepared) -> list[str]:
    return [row["reason"] for row in rows(result, "select reason from _quarantine order by line")]


def ids(result: Prepared, entity: str = "deals", key: str = "deal_id") -> list[str]:
    return [row[key] for row in rows(result, f"select {key} from _good_{entity} order by 1")]


def test_value_that_cannot_be_read_is_quarantined_with_its_place(deals: Deals) -> None:
    result = deals(
        "id,result,sum,made\n1,won,10.50,2024-01-31\n\n"
        '2,won,"ten\nor so",2024-01-31\n3,won,3,31.01.2024\n',
        {"amount": "sum", "created_at": "made"},
    )
    assert ids(result) == ["1"]
    assert rejects(result) == [
        ("deals", "deals.csv", 4, "amount", "ten\nor so"),
        ("deals", "deals.csv", 6, "created_at", "31.01.2024"),
    ]
    assert reasons(result) == [
        "is no plain number; `money(...)` reads thousands, currencies and decimal commas",
        "is no date and time; give its `format`, for example '%d.%m.%Y %H:%M'",
    ]


def test_quarantine_keeps_the_row_of_the_file_as_json(deals: Deals) -> None:
    result = deals("id,result,Сумма €\n1,won,x\n", {"amount": '"Сумма €"'})
    found = rows(result, "select source, quarantined_row from _quarantine")
    assert found == [
        {"source": "company", "quarantined_row": '{"id":"1","result":"won","Сумма €":"x"}'}
    ]


def test_every_bad_value_of_a_row_is_named_and_the_row_counts_once(deals: Deals) -> None:
    result = deals("id,result,sum,made\n1,won,x,y\n", {"amount": "sum", "created_at": "made"})
    assert [row[3] for row in rejects(result)] == ["amount", "created_at"]
    assert result.tallies["deals"].rejected == 1


def test_missing_key_or_required_value_is_rejected(deals: Deals) -> None:
    result = deals("id,result\n,won\n2,\n3,won\n")
    assert ids(result) == ["3"]
    assert [row[2:4] for row in rejects(result)] == [(2, "deal_id"), (3, "outcome")]
    assert set(reasons(result)) == {"is missing, every row needs it"}


def test_blank_optional_value_is_null(deals: Deals) -> None:
    result = deals('id,result,sum,made\n1,won,," "\n', {"amount": "sum", "created_at": "made"})
    (found,) = rows(result, "select amount, currency, created_at from _good_deals")
    assert found == {"amount": None, "currency": "USD", "created_at": None}


def test_unmapped_enumeration_is_rejected(deals: Deals) -> None:
    result = deals("id,result\n1,won\n2,Выиграна\n")
    assert ids(result) == ["1"]
    assert reasons(result) == ["is none of open, won, lost; map it with a value map"]


@pytest.mark.parametrize(
    "spec", [{"column": "result", "map": "results"}, "map_value(result, 'results')"]
)
def test_value_missing_from_a_value_map_is_rejected(deals: Deals, spec: Any) -> None:
    result = deals(
        "id,result\n1,Выиграна\n2,Пауза\n",
        {"outcome": spec},
        values={"results": {"Выиграна": "won"}},
    )
    assert ids(result) == ["1"]
    assert rejects(result)[0][4] == "Пауза"
    assert reasons(result) == [
        "is not in the value map `results`; add it there, or `'*'` for all others"
    ]


def test_stage_that_is_not_listed_is_rejected(deals: Deals) -> None:
    result = deals("id,result,stage\n1,won,won\n2,open,gone\n3,open,\n", {"stage_id": "stage"})
    assert ids(result) == ["1", "3"]
    assert rejects(result)[0][2:] == (3, "stage_id", "gone")


def test_repeated_key_keeps_the_first_row(deals: Deals) -> None:
    result = deals("id,result\n1,won\n2,open\n1,lost\n")
    assert rows(result, "select outcome from _good_deals where deal_id = '1'") == [
        {"outcome": "won"}
    ]
    assert rejects(result) == [("deals", "deals.csv", 4, "deal_id", "1")]


def test_repeated_key_with_keep_last_takes_the_last_row_without_blame(deals: Deals) -> None:
    result = deals("id,result\n1,won\n2,open\n1,lost\n", entity={"on_duplicate": "keep_last"})
    assert rows(result, "select outcome from _good_deals where deal_id = '1'") == [
        {"outcome": "lost"}
    ]
    assert (result.tallies["deals"].rejected, rejects(result)) == (0, [])


def test_bad_row_does_not_take_the_key_of_a_good_one(deals: Deals) -> None:
    result = deals("id,result,sum\n1,won,x\n1,won,5\n", {"amount": "sum"})
    assert rows(result, "select amount from _good_deals") == [{"amount": Decimal(5)}]


def test_expression_rejects_only_in_the_branch_taken(deals: Deals) -> None:
    result = deals(
        "id,result,kind,value\n1,won,sum,5\n2,won,note,call later\n3,won,sum,five\n",
        {"amount": "case when kind = 'sum' then money(value) end"},
    )
    assert ids(result) == ["1", "2"]
    assert rejects(result) == [("deals", "deals.csv", 4, "amount", "kind=sum, value=five")]


def test_expression_that_fails_in_sql_rejects_its_row(deals: Deals) -> None:
    result = deals(
        "id,result,a,b\n1,won,6,2\n2,won,6,x\n", {"amount": "cast(a as int) / cast(b as int)"}
    )
    assert ids(result) == ["1"]
    assert rejects(result)[0][4] == "a=6, b=x"


def test_columns_that_share_an_expression_reject_only_their_bad_rows(deals: Deals) -> None:
    result = deals(
        "id,result,sum\n1,won,5\n2,won,x\n3,won,7\n",
        {"amount": "money(sum)", "lead_source": "money(sum)", "competitor": "money(sum) * 2"},
    )
    assert ids(result) == ["1", "3"]
    assert [row[3] for row in rejects(result)] == ["amount", "competitor", "lead_source"]


def test_amount_that_overflows_is_rejected(deals: Deals) -> None:
    result = deals("id,result,sum\n1,won,99999999999999999999\n2,won,1e400\n", {"amount": "sum"})
    assert ids(result) == []


def test_default_stands_for_blank_and_not_for_bad_values(deals: Deals) -> None:
    result = deals(
        "id,result,sum\n1,won,\n2,won,x\n", {"amount": {"column": "sum", "default": "7"}}
    )
    assert rows(result, "select deal_id, amount from _good_deals") == [
        {"deal_id": "1", "amount": Decimal(7)}
    ]


@pytest.mark.parametrize("target", ["is_deleted", "lead_source"])
def test_constant_is_the_same_on_every_row(deals: Deals, target: str) -> None:
    result = deals("id,result\n1,won\n2,won\n", {target: {"value": True}})
    expected = True if target == "is_deleted" else "true"
    assert [row[target] for row in rows(result, f"select {target} from _good_deals")] == [
        expected
    ] * 2


def test_amounts_take_the_files_currency_before_the_default(deals: Deals) -> None:
    result = deals("id,result,cur\n1,won,EUR\n2,won,\n", {"currency": "cur"})
    assert [row["currency"] for row in rows(result, "from _good_deals order by deal_id")] == [
        "EUR",
        "USD",
    ]


def test_local_time_becomes_utc_and_a_day_its_local_start(deals: Deals) -> None:
    result = deals(
        "id,result,made\n"
        "1,won,2024-01-31 10:00\n2,won,2024-01-31\n3,won,2024-01-31T10:00:00+05:00\n",
        {"created_at": "made"},
        time_zone="Europe/Moscow",
    )
    found = [row["created_at"] for row in rows(result, "from _good_deals order by deal_id")]
    assert found == [datetime(2024, 1, 31, 7), datetime(2024, 1, 30, 21), datetime(2024, 1, 31, 5)]


def test_share_of_rejected_rows_stops_with_an_example(deals: Deals) -> None:
    text = "id,result\n" + "".join(f"{number},won\n" for number in range(98)) + "98,x\n99,x\n"
    result = deals(text, max_rejected_share="0.02")
    result.refuse_if_too_many_rejected()
    result = deals(text, max_rejected_share="0.019")
    with pytest.raises(
        TooManyRejectedError,
        match=r"company: nothing was loaded: deals: 2 of 100 rows rejected, more than 1\.90% "
        r"\(max_rejected_share\); first: deals\.csv, line 100: outcome 'x' is none of open",
    ):
        result.refuse_if_too_many_rejected()


def test_broken_lines_of_a_joined_file_stop_too(company: Company) -> None:
    company.write("deals.csv", "id,result\n1,won\n")
    company.write("names.csv", "id,name\n1,A\n2\n")
    result = company.prepare(
        {
            "files": {"deals": "deals.csv", "names": "names.csv"},
            "entities": PIPELINE
            | {
                "deals": {
                    "file": "deals",
                    "join": "left join names on names.id = deals.id",
                    "columns": {**DEALS, "deal_id": "deals.id", "lead_source": "name"},
                }
            },
        }
    )
    assert result.over_the_limit() == [
        "names.csv: 1 of 2 lines cannot be read, more than 1.00% (max_rejected_share); "
        "first: line 3: the line has fewer columns than the header"
    ]
    assert [row[:3] for row in rejects(result)] == [(None, "names.csv", 3)]


def test_query_keeps_the_place_of_rows_that_carry_it(company: Company) -> None:
    company.write("baskets.csv", "beer,wine\nmilk,\n")
    result = company.prepare(
        {
            "max_rejected_share": "1",
            "files": {"baskets": {"path": "baskets.csv", "format": "lines"}},
            "queries": {
                "items": "select baskets._row, _record, place, item from baskets, "
                "unnest(string_split(line, ',')) with ordinality as b (item, place)"
            },
            "entities": {
                "products": {
                    "file": "items",
                    "columns": {"product_id": "_record || '-' || place", "name": "item"},
                }
            },
        }
    )
    assert ids(result, "products", "product_id") == ["1-1", "1-2", "2-1"]
    assert rejects(result) == [("products", "baskets.csv", 2, "name", None)]


def test_rows_written_in_the_mapping_are_checked_too(company: Company) -> None:
    result = company.prepare(
        {
            "entities": PIPELINE
            | {"managers": {"rows": [{"manager_id": "1"}, {"manager_id": "2", "name": "B"}]}}
        }
    )
    assert rejects(result) == [("managers", None, None, "name", None)]


def test_several_blocks_make_one_entity(company: Company) -> None:
    company.write(
        "deals.csv", "id,result,made,closed\n1,won,2024-01-01,2024-01-05\n2,open,2024-01-02,\n"
    )
    result = company.prepare(
        {
            "files": {"deals": "deals.csv"},
            "entities": PIPELINE
            | {
                "stage_events": [
                    {
                        "file": "deals",
                        "columns": {
                            "deal_id": "id",
                            "stage_id": {"value": "new"},
                            "entered_at": "made",
                        },
                    },
                    {
                        "file": "deals",
                        "where": "closed is not null",
                        "columns": {"deal_id": "id", "stage_id": "result", "entered_at": "closed"},
                    },
                ]
            },
        }
    )
    found = rows(result, "select deal_id, sequence, stage_id from _good_stage_events order by all")
    assert [tuple(row.values()) for row in found] == [
        ("1", 1, "new"),
        ("1", 2, "won"),
        ("2", 1, "new"),
    ]


def test_block_that_does_not_map_a_column_gets_what_follows_from_the_rest(company: Company) -> None:
    company.write("sold.csv", "order,n,price\nA,2,1.50\n")
    company.write("returned.csv", "order,sum,back\nR,9,yes\nS,8,\n")
    sold = {"order_id": "order", "quantity": "n", "unit_price": "price"}
    returned = {"order_id": "order", "amount": "sum", "is_return": "back"}
    result = company.prepare(
        {
            "currency": "EUR",
            "files": {"sold": "sold.csv", "returned": "returned.csv"},
            "entities": {
                "order_lines": [
                    {"file": "sold", "columns": sold},
                    {"file": "returned", "columns": returned},
                ]
            },
        }
    )
    found = rows(result, "select order_id, amount, is_return from _good_order_lines order by all")
    assert [tuple(row.values()) for row in found] == [
        ("A", Decimal(3), False),
        ("R", Decimal(9), True),
        ("S", Decimal(8), False),
    ]


def test_lines_get_numbers_and_amounts_that_follow_from_the_rest(company: Company) -> None:
    company.write("lines.csv", "order,n,price,off\nA,2,1.50,0.25\nB,1,4,\nA,1,3,\n")
    columns = {"order_id": "order", "quantity": "n", "unit_price": "price", "discount": "off"}
    result = company.prepare(
        {
            "currency": "EUR",
            "files": {"lines": "lines.csv"},
            "entities": {"order_lines": {"file": "lines", "columns": columns}},
        }
    )
    found = rows(
        result, "select order_id, line_id, amount, is_return from _good_order_lines order by all"
    )
    assert [tuple(row.values()) for row in found] == [
        ("A", "1", Decimal("2.75"), False),
        ("A", "2", Decimal("3.00"), False),
        ("B", "1", Decimal("4.00"), False),
    ]


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "column": (
        {"amount": {"column": "summ"}},
        r"entities\.deals\.amount: deals has no column 'summ'; did you mean `sum`\?",
    ),
    "name in sql": (
        {"amount": "money(summ)"},
        r"entities\.deals\.amount: .*there is no column 'summ'; did you mean `sum`\?",
    ),
    "column with a blank": (
        {"created_at": "Closed dat"},
        r"'Closed dat' is not one SQL expression; did you mean the column `Closed date`\?",
    ),
    "function": (
        {"amount": "monney(sum)"},
        "there is no function monney; the helpers are money, moment",
    ),
    "subquery": ({"amount": "(select 1)"}, "no `select` inside a column; use `join`"),
    "two statements": (
        {"amount": "1; drop table deals"},
        "1; drop table deals: Only SELECT statements",
    ),
    "two columns": ({"amount": "sum, id"}, "is not one SQL expression"),
    "a from": ({"amount": "sum from deals"}, "is not one SQL expression"),
    "random": ({"amount": "random()"}, r"entities\.deals\.amount: "),
}


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_expression_that_does_not_fit_the_file_is_named(deals: Deals, mistake: str) -> None:
    columns, message = MISTAKES[mistake]
    with pytest.raises(MappingError, match=message):
        deals("id,result,sum,Closed date\n1,won,5,2024-01-01\n", columns)


def test_required_column_that_is_not_mapped_is_named(company: Company) -> None:
    company.write("deals.csv", "id,result\n1,won\n")
    entity = {"file": "deals", "columns": {"deal_id": "id", "outcome": "result"}}
    with pytest.raises(MappingError, match=r"entities\.deals: map `pipeline_id`, .* one pipeline"):
        company.prepare({"files": {"deals": "deals.csv"}, "entities": {"deals": entity}})


def test_amounts_without_any_currency_are_refused(deals: Deals) -> None:
    with pytest.raises(MappingError, match=r"entities\.deals: amounts have no currency"):
        deals("id,result,sum\n1,won,5\n", {"amount": "sum"}, currency=None)


@pytest.mark.parametrize(
    "sql",
    [
        "select content as x from read_text('/etc/hostname')",
        "select * from read_csv('/etc/passwd')",
        "select * from glob('/*')",
    ],
)
def test_query_cannot_read_other_files(company: Company, sql: str) -> None:
    with pytest.raises(MappingError, match=r"queries\.leak: .*disabled by configuration"):
        company.prepare({"queries": {"leak": sql}, "entities": {}})


def test_query_cannot_take_a_file_for_a_table(company: Company) -> None:
    with pytest.raises(MappingError, match="Table with name /etc/passwd does not exist"):
        company.prepare({"queries": {"leak": "select * from '/etc/passwd'"}, "entities": {}})


@pytest.mark.parametrize(
    "sql", ["copy (select 1) to '/tmp/leak.csv'", "attach '/tmp/leak.db'", "select 1; select 2"]
)
def test_query_is_one_select(company: Company, sql: str) -> None:
    with pytest.raises(MappingError, match=r"queries\.leak: "):
        company.prepare({"queries": {"leak": sql}, "entities": {}})


def test_query_mistake_is_named_with_close_matches(company: Company) -> None:
    company.write("deals.csv", "id,result\n1,won\n")
    with pytest.raises(MappingError, match=r"queries\.q: .*'resultt'; did you mean `result`\?"):
        company.prepare(
            {
                "files": {"deals": "deals.csv"},
                "queries": {"q": "select resultt from deals"},
                "entities": {},
            }
        )
