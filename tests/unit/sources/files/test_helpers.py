"""The helpers on text as people and systems write it: read exactly, or reject."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.sources.files.helpers import create_helpers
from dagster_project.warehouse.connections import scratch

VALUES = {"stages": {"Won": "won", "On hold": None}, "kinds": {"A": "a", "*": "other"}}


@pytest.fixture(scope="module")
def moscow() -> Iterator[duckdb.DuckDBPyConnection]:
    with scratch() as connection:
        connection.execute("set TimeZone = 'Europe/Moscow'")
        create_helpers(connection, VALUES, None)
        yield connection


@pytest.fixture(scope="module")
def comma() -> Iterator[duckdb.DuckDBPyConnection]:
    with scratch() as connection:
        create_helpers(connection, {}, ",")
        yield connection


def ask(connection: duckdb.DuckDBPyConnection, sql: str, *values: Any) -> Any:
    found = connection.execute(f"select {sql}", list(values)).fetchone()
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("€ 3.500,00", "3500"),
        ("$1,117.10K", "1117100"),
        ('"$22,700.00"', "22700"),
        ("$90,000 ", "90000"),
        ("1054", "1054"),
        ("0.1", "0.1"),
        ("-5", "-5"),
        ("5-", "-5"),
        ("\u22127,25", "-7.25"),
        ("(1,234.50)", "-1234.5"),
        ("-$5", "-5"),
        ("$-5.00", "-5"),
        ("+5", "5"),
        ("1 234,50 руб.", "1234.5"),
        ("1\u00a0234\u202f567,8", "1234567.8"),
        ("3 500р", "3500"),
        ("1 200 ₽", "1200"),
        ("12 млн", "12000000"),
        ("2,5 тыс. р.", "2500"),
        ("1,5 млн руб.", "1500000"),
        ("1.2M", "1200000"),
        ("USD 1,200.00", "1200"),
        ("1200 EUR", "1200"),
        ("CHF 1'200.50", "1200.5"),
        ("1.234.567,8", "1234567.8"),
        ("1,234,567", "1234567"),
        ("₹1,00,000.50", "100000.5"),
        ("1 000,-", "1000"),
        ("0,125", "0.125"),
        (".5", "0.5"),
        ("3.500", "3.5"),
        ("3,500", "3500"),
    ],
)
def test_money_reads_amounts_as_people_write_them(
    moscow: duckdb.DuckDBPyConnection, text: str, amount: str
) -> None:
    assert ask(moscow, "money(?)", text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        *("abc", "12abc", "1,2,3", "1.2.3", "10 20", "1234 567", "12-05-2020", "12:30", "10%"),
        *("2 шт", "infinity", "nan", "1e5", "--5", "$", "1,2345,678", "=1+1"),
    ],
)
def test_money_rejects_what_is_no_amount(moscow: duckdb.DuckDBPyConnection, text: str) -> None:
    assert ask(moscow, "try(money(?))", text) is None
    with pytest.raises(duckdb.ConversionException):
        ask(moscow, "money(?)", text)


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0", None])
@pytest.mark.parametrize(
    "call", ["money(?)", "moment(?)", "day(?)", "flag(?)", "whole(?)", "map_value(?, 'stages')"]
)
def test_helpers_give_null_for_blank_text(
    moscow: duckdb.DuckDBPyConnection, call: str, blank: str | None
) -> None:
    assert ask(moscow, call.replace("?", "cast(? as varchar)"), blank) is None


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("3.500", "3500"),
        ("3,500", "3.5"),
        ("3.500,25", "3500.25"),
        ("12", "12"),
        ("-1.000", "-1000"),
    ],
)
def test_money_with_a_decimal_comma_reads_points_as_thousands(
    comma: duckdb.DuckDBPyConnection, text: str, amount: str
) -> None:
    assert ask(comma, "money(?)", text) == Decimal(amount)


def test_money_with_a_decimal_comma_rejects_a_point_that_marks_no_thousands(
    comma: duckdb.DuckDBPyConnection,
) -> None:
    assert ask(comma, "try(money('3.5'))") is None


def test_money_takes_the_mark_of_one_column(moscow: duckdb.DuckDBPyConnection) -> None:
    assert ask(moscow, "money('3.500', mark := ',')") == Decimal(3500)


STYLES = {
    "machine": (".", "", "{}"),
    "us": (".", ",", "${}"),
    "german": (",", ".", "{} €"),
    "russian": (",", "\u00a0", "{} ₽"),
    "swiss": (".", "'", "CHF {}"),
}


@settings(deadline=None)  # a loaded machine is no failure
@given(
    cents=st.integers(-(10**14), 10**14),
    style=st.sampled_from(sorted(STYLES)),
)
def test_money_of_a_formatted_amount_is_the_amount(
    moscow: duckdb.DuckDBPyConnection, cents: int, style: str
) -> None:
    amount = Decimal(cents) / 100
    mark, thousands, pattern = STYLES[style]
    digits = f"{abs(amount):,.2f}".translate(str.maketrans({",": thousands, ".": mark}))
    text = ("-" if amount < 0 else "") + pattern.format(digits)
    assert ask(moscow, "money(?)", text) == amount


@settings(deadline=None)  # a loaded machine is no failure
@given(text=st.text(max_size=12))
def test_money_never_fails_but_by_rejecting(moscow: duckdb.DuckDBPyConnection, text: str) -> None:
    found = ask(moscow, "try(money(?))", text.replace("\x00", ""))
    assert found is None or isinstance(found, Decimal)


@pytest.mark.parametrize(
    ("call", "utc"),
    [
        ("moment('15 Apr, 2021 00:02:00', '%d %b, %Y %H:%M:%S')", (2021, 4, 14, 21, 2)),
        ("moment('03.07.2023 17:35', '%d.%m.%Y %H:%M')", (2023, 7, 3, 14, 35)),
        ("moment('1/2/2015', ['%m/%d/%Y', '%m-%d-%Y'])", (2015, 1, 1, 21)),
        ("moment('04-08-2004', ['%m/%d/%Y', '%m-%d-%Y'])", (2004, 4, 7, 20)),
        ("moment('2017-03-01')", (2017, 2, 28, 21)),
        ("moment('2017-03-01 10:00:00.5')", (2017, 3, 1, 7, 0, 0, 500_000)),
        ("moment('2011-10-01T00:38:44.546+02:00')", (2011, 9, 30, 22, 38, 44, 546_000)),
        ("moment('2021-01-01T10:00:00Z')", (2021, 1, 1, 10)),
        ("moment(timestamp '2021-01-01 10:00')", (2021, 1, 1, 7)),
        ("moment('2010-07-01')", (2010, 6, 30, 20)),  # Moscow had summer time then
    ],
)
def test_moment_reads_local_time_and_offsets(
    moscow: duckdb.DuckDBPyConnection, call: str, utc: tuple[int, ...]
) -> None:
    assert ask(moscow, call) == datetime(*utc, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    "call",
    [
        "moment('infinity')",
        "moment('epoch')",
        "moment('yesterday')",
        "moment('01.02.2021')",
        "moment('2021-13-01')",
        "moment('2021-02-30')",
        "moment('31.02.2021', '%d.%m.%Y')",
        "moment('2021-01-01', '%d.%m.%Y')",
        "moment('44197')",
        "day('2021')",
    ],
)
def test_moment_rejects_what_is_no_date(moscow: duckdb.DuckDBPyConnection, call: str) -> None:
    assert ask(moscow, f"try({call})") is None


def test_day_is_the_local_day(moscow: duckdb.DuckDBPyConnection) -> None:
    assert ask(moscow, "day('2021-01-01T22:00:00Z')") == date(2021, 1, 2)
    assert ask(moscow, "day('31.12.2020', '%d.%m.%Y')") == date(2020, 12, 31)


@pytest.mark.parametrize(
    ("text", "flag"),
    [("Да", True), ("нет", False), ("TRUE", True), ("0", False), ("Y", True), (" n ", False)],
)
def test_flag_reads_yes_and_no(moscow: duckdb.DuckDBPyConnection, text: str, flag: bool) -> None:
    assert ask(moscow, "flag(?)", text) is flag


def test_flag_rejects_anything_else(moscow: duckdb.DuckDBPyConnection) -> None:
    assert ask(moscow, "try(flag('maybe'))") is None


def test_whole_rejects_a_fraction_instead_of_rounding_it(
    moscow: duckdb.DuckDBPyConnection,
) -> None:
    assert ask(moscow, "whole('3.0')") == 3
    assert ask(moscow, "try(whole('3.7'))") is None


def test_map_value_gives_the_listed_value_even_if_it_is_null(
    moscow: duckdb.DuckDBPyConnection,
) -> None:
    assert ask(moscow, "map_value(' Won ', 'stages')") == "won"
    assert ask(moscow, "map_value('On hold', 'stages')") is None


def test_map_value_rejects_a_value_that_is_not_listed(moscow: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.ConversionException, match="Paused"):
        ask(moscow, "map_value('Paused', 'stages')")


def test_map_value_star_stands_for_all_others(moscow: duckdb.DuckDBPyConnection) -> None:
    assert ask(moscow, "map_value('Z', 'kinds')") == "other"
