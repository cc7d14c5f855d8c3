"""A slice's clients as the CRM shows them, with the personal data that must not leave staging."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.sources.demo import tables
from dagster_project.sources.demo.arrays import NONE, Ints, joined, labels, moments
from dagster_project.sources.demo.company import REGIONS
from dagster_project.sources.demo.seen import Seen

_FIRMS = (
    "Теплострой",
    "Аквамонтаж",
    "Уютстрой",
    "Инжсервис",
    "Сантехпро",
    "Домстрой",
    "Гидросфера",
)
_FAMILY = ("Иванов", "Петров", "Сидоров", "Кузнецов", "Смирнов", "Попов", "Волков", "Морозов")
_GIVEN = ("Алексей", "Дмитрий", "Сергей", "Андрей", "Николай", "Михаил", "Олег")
_STREETS = ("Ленина", "Садовая", "Мира", "Советская", "Заводская", "Лесная")
_GEO_SOURCES = ("delivery_address", "legal_address", "phone_code")

_CITIES = [city for region in REGIONS for city in region.cities]
_FIRST_CITY = np.cumsum([0] + [len(region.cities) for region in REGIONS[:-1]])


def clients(seen: Seen) -> pa.Table:
    """Everybody known by the moment. Names, phones and addresses are invented from the id."""
    customers = seen.story.customers
    row = np.flatnonzero(customers.created_at < seen.as_of)
    client_id: Ints = customers.customer_id[row]
    unknown = customers.region_unknown[row]
    region = np.where(unknown, NONE, customers.region[row])
    city = np.where(unknown, NONE, _FIRST_CITY[customers.region[row]] + customers.city[row])
    ids = pa.array(client_id)
    firm = joined("ООО «", labels(_FIRMS, client_id % len(_FIRMS)), "-", ids, "»")
    person = joined(
        labels(_FAMILY, client_id % len(_FAMILY)), " ", labels(_GIVEN, client_id % len(_GIVEN))
    )
    return tables.CLIENTS.build(
        {
            "id": ids,
            "title": pc.if_else(pa.array(customers.is_person[row]), person, firm),
            "type": labels(("company", "person"), customers.is_person[row].astype(np.int64)),
            "phone": joined("+79", pa.array(100_000_000 + client_id * 7_919 % 899_999_999)),
            "email": joined("client", ids, "@mail.example"),
            "address": joined(
                "ул. ",
                labels(_STREETS, client_id % len(_STREETS)),
                ", д. ",
                pa.array(client_id % 140 + 1),
            ),
            "country": labels([r.country for r in REGIONS], region),
            "region": labels([r.name for r in REGIONS], region),
            "city": labels(_CITIES, city),
            "geo_source": labels(_GEO_SOURCES, np.where(unknown, NONE, client_id % 3)),
            "created_at": moments(customers.created_at[row]),
            "updated_at": moments(customers.created_at[row]),
        }
    )
