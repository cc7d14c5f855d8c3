"""A company in the canonical model, to be projected into any CRM's own shape."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from dagster_project.sources.canonical import ENTITIES

Row = dict[str, Any]


@dataclass
class Company:
    """Rows per canonical entity, ids as text without a source's prefix, moments naive UTC."""

    tables: dict[str, list[Row]] = field(
        default_factory=lambda: {name: [] for name in ENTITIES if name != "source_capabilities"}
    )

    def __getitem__(self, entity: str) -> list[Row]:
        return self.tables[entity]

    def add(self, entity: str, /, **values: Any) -> Row:
        """Add a row; columns not given are null."""
        row = dict.fromkeys(ENTITIES[entity].columns) | values
        self.tables[entity].append(row)
        return row


BEGIN = datetime(2026, 1, 10, 9, 0, tzinfo=UTC)
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
REASONS = ("Дорого", "Ушёл к конкуренту", "Не выходит на связь")
_OPEN = (("11", "lead"), ("12", "interested"), ("13", "proposal"), ("14", "contract"))
_PLACES = (
    ("Россия", "Московская область", "Химки", "legal_address"),
    ("Россия", "Татарстан", "Казань", "delivery_address"),
    ("Казахстан", "Алматинская область", "Алматы", "actual_address"),
    (None, None, None, None),
)


def small_company(deals: int, seed: int = 1) -> Company:
    """A company with two pipelines and all that connectors stumble over.

    Deals that went back, were reopened, changed pipeline, moved twice in a second; without
    customer, amount, lines or product; lost without a reason; customers without a place; a
    dismissed manager.
    """
    chance = random.Random(seed)
    company = Company()
    _dictionaries(company)
    for number in range(1, deals + 1):
        _deal(company, number, chance)
    return company


def _dictionaries(company: Company) -> None:
    for pipeline, name in (("1", "Новые клиенты"), ("2", "Повторные")):
        company.add("pipelines", pipeline_id=pipeline, name=name, is_active=True)
        base = (int(pipeline) - 1) * 100
        for at, (stage, role) in enumerate(_OPEN, start=1):
            company.add(
                "stages",
                pipeline_id=pipeline,
                stage_id=str(base + int(stage)),
                name=f"{name}: {role}",
                position=at * 10,
                kind="open",
                role=role,
            )
        for stage, kind, position in ((18, "won", 900), (19, "lost", 910)):
            company.add(
                "stages",
                pipeline_id=pipeline,
                stage_id=str(base + stage),
                name=f"{name}: {kind}",
                position=position,
                kind=kind,
            )
    for number in range(1, 6):
        company.add(
            "managers",
            manager_id=str(number),
            name=f"Имя{number} Фамилия{number}",
            team="Отдел Москва" if number % 2 else "Отдел Казань",
            is_active=number != 5,
        )
    for number, (country, region, city, basis) in enumerate(_PLACES * 15, start=1):
        company.add(
            "customers",
            customer_id=str(number),
            name=f"ООО «Клиент-{number}»" if number % 3 else f"Петров Пётр{number}",
            kind="company" if number % 3 else "person",
            country=country,
            region=region,
            city=city,
            geo_basis=basis,
            created_at=_naive(BEGIN),
        )
    for number in range(1, 71):
        company.add(
            "products",
            product_id=str(1000 + number),
            sku=f"A-{number:03}",
            name=f"Товар {number}",
            category="Трубы" if number % 4 else "Фитинги",
            list_price=Decimal(number * 100),
            unit_cost=Decimal(number * 60) if number % 5 else None,
            is_active=number != 70,
        )
    for number, name in enumerate(REASONS, start=1):
        company.add("lost_reasons", lost_reason_id=str(number), name=name)
    for name, channel in (("spring", "Яндекс.Директ"), ("retarget", "VK Реклама")):
        company.add("campaigns", campaign_id=name, name=name, channel=channel, strategy="cpc")


def _deal(company: Company, number: int, chance: random.Random) -> None:
    pipeline = "1" if number % 3 else "2"
    base = (int(pipeline) - 1) * 100
    stages = [str(base + int(stage)) for stage, _ in _OPEN]
    outcome = ("open", "won", "lost", "lost")[number % 4]
    at = BEGIN + timedelta(hours=number % 3000, seconds=number % 60)
    way = stages[: 1 + number % 4] if outcome != "won" else list(stages)
    if number % 7 == 0:
        way = [*way, way[0], *way[1:]]  # went back and came again
    ends = {"won": [str(base + 18)], "lost": [str(base + 19)], "open": []}[outcome]
    if number % 11 == 0 and outcome == "won":
        ends = [*ends, stages[-1], *ends]  # reopened
    events, moment = [], at
    if number % 13 == 0:  # began in the other pipeline
        events.append((str(3 - int(pipeline)), str(11 if base else 111), moment))
        moment += timedelta(hours=5)
    for stage in [*way, *ends]:
        events.append((pipeline, stage, moment))
        moment += timedelta(0) if number % 17 == 0 else timedelta(hours=chance.randint(1, 90))
    last = events[-1]
    for sequence, (in_pipeline, stage, entered_at) in enumerate(events, start=1):
        company.add(
            "stage_events",
            deal_id=str(number),
            pipeline_id=in_pipeline,
            stage_id=stage,
            entered_at=_naive(entered_at),
            sequence=sequence,
        )
    closed_at = last[2] if outcome != "open" else None
    campaign = (None, "spring", "retarget")[number % 3]
    customer = str(1 + number % 60) if number % 10 else None
    company.add(
        "deals",
        deal_id=str(number),
        pipeline_id=pipeline,
        stage_id=last[1],
        outcome=outcome,
        manager_id=str(1 + number % 5),
        customer_id=customer,
        campaign_id=campaign,
        lead_source="Сайт" if number % 2 else "Звонок",
        amount=Decimal(number * 1000) + Decimal("0.50") if number % 9 else None,
        currency="USD" if number % 23 == 0 else "RUB",
        created_at=_naive(at),
        closed_at=_naive(closed_at) if closed_at else None,
        lost_reason_id=str(1 + number % 3) if outcome == "lost" and number % 5 else None,
        competitor="Соперник" if outcome == "lost" and number % 3 == 1 else None,
        updated_at=_naive(last[2]),
        is_deleted=False,
    )
    for line in range(1, 1 + number % 4):
        _line(company, number, line, outcome, closed_at, customer)
    if outcome == "won":
        _papers(company, number, last[2])
    company.add(
        "activities",
        activity_id=str(number),
        deal_id=str(number),
        manager_id=str(1 + number % 5),
        kind=("call", "email", "meeting", "task")[number % 4],
        happened_at=_naive(at + timedelta(hours=1)),
    )


def _line(
    company: Company,
    number: int,
    line: int,
    outcome: str,
    closed_at: datetime | None,
    customer: str | None,
) -> None:
    quantity, price = Decimal(line), Decimal((number + line) % 900 + 10) + Decimal("0.25")
    discount = Decimal(line) * Decimal("5.00") if number % 2 else Decimal("0.00")
    company.add(
        "order_lines",
        order_id=str(number),
        line_id=str(number * 1000 + line),
        deal_id=str(number),
        customer_id=customer,
        product_id=str(1001 + (number * line) % 70) if line < 3 else None,
        quantity=quantity,
        unit_price=price,
        discount=discount,
        amount=quantity * price - discount,
        currency="USD" if number % 23 == 0 else "RUB",
        ordered_at=_naive(closed_at) if outcome == "won" and closed_at else None,
        is_return=False,
    )


def _papers(company: Company, number: int, won_at: datetime) -> None:
    currency = "USD" if number % 23 == 0 else "RUB"
    issued = won_at - timedelta(hours=3)
    company.add(
        "documents",
        document_id=str(number),
        deal_id=str(number),
        kind="proposal",
        issued_at=_naive(issued - timedelta(days=2)),
        amount=Decimal(number * 1000),
        currency=currency,
        status="sent",
    )
    company.add(
        "documents",
        document_id=str(number),
        deal_id=str(number),
        kind="invoice",
        issued_at=_naive(issued),
        due_at=_naive(issued + timedelta(days=10)),
        paid_at=_naive(won_at) if number % 2 else None,
        amount=Decimal(number * 1000),
        currency=currency,
        status="paid" if number % 2 else "sent",
    )


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
