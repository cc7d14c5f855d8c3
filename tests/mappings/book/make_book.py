"""Writes the book's example as a small company's exports, next to this file.

200 potential clients -> 100 interested -> 50 asked for a proposal -> 30 signed -> 25 paid
-> 25 served. The five that signed and did not pay are D026..D030:

    D026  no invoice was ever sent
    D027  the invoice went out 24 days after the contract (the others: within 3)
    D028  a competitor got there first, the invoice was in time
    D029  the invoice was in time, is overdue, and the deal still stands open
    D030  the client's budget was cut before the invoice fell due

Run `python tests/mappings/book/make_book.py` to write the files anew; a test compares them.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
STAGES = ("Potential client", "Interested", "Asked for a proposal", "Signed", "Paid")
REACHED = (200, 100, 50, 30, 25)
SERVED = 25
FIRST_DAY = datetime(2026, 1, 12, 9, 30)  # noqa: DTZ001 (local time, as in the files)
LEAD_SOURCES = ("Website", "Referral", "Exhibition", "Cold call")
MANAGERS = ("Anna Orlova", "Boris Petrov", "Vera Sokolova", "Gleb Titov")
CITIES = (("Moscow", "Moscow"), ("Tver", "Tver region"), ("Kazan", "Tatarstan"), ("", ""))
PRODUCTS = (
    ("P1", "Survey", "Services", 40_000),
    ("P2", "Installation", "Services", 90_000),
    ("P3", "Pump", "Equipment", 150_000),
    ("P4", "Control unit", "Equipment", 65_000),
)
LOST_REASONS = {1: "No answer", 2: "No need", 3: "Too expensive"}
UNPAID_REASONS = {
    26: "We were slow",
    27: "We were slow",
    28: "Chose a competitor",
    30: "Budget cut",
}
LATE_INVOICE, NO_INVOICE, OVERDUE = 27, 26, 29

Row = tuple[object, ...]


def deal_id(number: int) -> str:
    return f"D{number:03}"


def furthest(number: int) -> int:
    """How many open stages deal `number` reached: the first deals went furthest."""
    return sum(number <= reached for reached in REACHED)


def entered(number: int, stage: int) -> datetime:
    """When deal `number` entered its stage `stage` (1..5): some days in each."""
    created = FIRST_DAY + timedelta(hours=5 * (number * 7 % 200))
    return created + timedelta(days=(stage - 1) * (5 + number % 4), minutes=7 * number)


def ended(number: int) -> datetime:
    waited = 30 if number == LATE_INVOICE else 6 + number % 5
    return entered(number, furthest(number)) + timedelta(days=waited)


def amount(number: int) -> int:
    return sum(price * quantity for _, price, quantity in lines_of(number))


def lines_of(number: int) -> list[tuple[str, int, int]]:
    """Product, price and quantity of each line of the offer; from the proposal on."""
    chosen = PRODUCTS[: 1 + number % 4] if number % 3 else (PRODUCTS[2], PRODUCTS[3])
    return [
        (product, price, 1 + (number + place) % 2)
        for place, (product, _, _, price) in enumerate(chosen)
    ]


def as_text(moment: datetime | None) -> str:
    return moment.strftime("%d.%m.%Y %H:%M") if moment else ""


def rubles(value: int) -> str:
    return f"{value:,}".replace(",", " ") + ",00 ₽"


def outcome(number: int) -> str:
    if number <= SERVED:
        return "Served"
    return "In progress" if number == OVERDUE else "Lost"


def deals() -> list[Row]:
    rows: list[Row] = [
        (
            "Deal",
            "Stage",
            "Result",
            "Manager",
            "Client",
            "Source",
            "Amount",
            "Created",
            "Closed",
            "Reason",
        )
    ]
    for number in range(1, REACHED[0] + 1):
        stage = STAGES[furthest(number) - 1]
        reason = UNPAID_REASONS.get(number) or LOST_REASONS.get(furthest(number), "")
        rows.append((
            deal_id(number),
            {"Served": "Served", "Lost": "Lost"}.get(outcome(number), stage),
            outcome(number),
            MANAGERS[number % 4],
            f"C{number:03}",
            LEAD_SOURCES[number % 4],
            rubles(amount(number)) if furthest(number) >= 3 else "",
            as_text(entered(number, 1)),
            "" if outcome(number) == "In progress" else as_text(ended(number)),
            reason if outcome(number) == "Lost" else "",
        ))  # fmt: skip
    return rows


def history() -> list[Row]:
    rows: list[Row] = [("Deal", "Stage", "Entered", "By")]
    for number in range(1, REACHED[0] + 1):
        for place in range(1, furthest(number) + 1):
            rows.append(
                (
                    deal_id(number),
                    STAGES[place - 1],
                    as_text(entered(number, place)),
                    MANAGERS[number % 4],
                )
            )
        if outcome(number) != "In progress":
            rows.append(
                (deal_id(number), outcome(number), as_text(ended(number)), MANAGERS[number % 4])
            )
    return rows


def documents() -> list[Row]:
    rows: list[Row] = [("Number", "Deal", "Type", "Issued", "Sent", "Due", "Paid", "Amount")]
    for number in range(1, REACHED[2] + 1):
        money = rubles(amount(number))
        asked = entered(number, 3)
        sent = as_text(asked + timedelta(days=1))
        rows.append(
            (f"P-{number}", deal_id(number), "Proposal", as_text(asked), sent, "", "", money)
        )
        if number > REACHED[3]:
            continue
        signed = entered(number, 4)
        rows.append(
            (
                f"K-{number}",
                deal_id(number),
                "Contract",
                as_text(signed),
                as_text(signed),
                "",
                "",
                money,
            )
        )
        if number == NO_INVOICE:
            continue
        wait = 24 if number == LATE_INVOICE else 1 + number % 3
        invoiced = signed + timedelta(days=wait)
        terms = 180 if number == 30 else 30
        paid = entered(number, 5) if number <= REACHED[4] else None
        rows.append(
            (
                f"I-{number}",
                deal_id(number),
                "Invoice",
                as_text(invoiced),
                as_text(invoiced),
                as_text(invoiced + timedelta(days=terms)),
                as_text(paid),
                money,
            )
        )
        if paid:
            rows.append(
                (
                    f"M-{number}",
                    deal_id(number),
                    "Payment",
                    as_text(paid),
                    "",
                    "",
                    as_text(paid),
                    money,
                )
            )
    return rows


def offers() -> list[Row]:
    rows: list[Row] = [("Deal", "Line", "Product", "Quantity", "Price")]
    for number in range(1, REACHED[2] + 1):
        for place, (product, price, quantity) in enumerate(lines_of(number), start=1):
            rows.append((deal_id(number), place, product, quantity, rubles(price)))
    return rows


def clients() -> list[Row]:
    rows: list[Row] = [("Client", "Name", "City", "Region")]
    rows += [
        (f"C{number:03}", f"Client {number}", *CITIES[number % 4])
        for number in range(1, REACHED[0] + 1)
    ]
    return rows


def products() -> list[Row]:
    rows: list[Row] = [("Code", "Name", "Category", "Price", "Cost")]
    rows += [
        (code, title, group, rubles(price), rubles(price * 6 // 10))
        for code, title, group, price in PRODUCTS
    ]
    return rows


def files() -> dict[str, str]:
    """Every file's name and text."""
    tables = {"deals": deals(), "history": history(), "documents": documents(), "offers": offers(),
              "clients": clients(), "products": products()}  # fmt: skip
    result = {}
    for title, rows in tables.items():
        text = io.StringIO()
        csv.writer(text, delimiter=";", lineterminator="\n").writerows(rows)
        result[f"{title}.csv"] = text.getvalue()
    return result


if __name__ == "__main__":
    for file_name, content in files().items():
        (FOLDER / file_name).write_text(content, encoding="utf-8")
