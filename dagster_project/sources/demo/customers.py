"""Who buys: a slice's customers, where they are, since when they are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dagster_project.sources.demo import clock
from dagster_project.sources.demo.arrays import DAY_SECONDS, NEVER, Flags, Ints, pick, stream
from dagster_project.sources.demo.company import CURRENCIES, REGIONS
from dagster_project.sources.demo.deals import Deals
from dagster_project.sources.demo.world import World

REGION_UNKNOWN = 0.04
PERSONS = 0.15
_FOREIGN = {"USD": 0.015, "EUR": 0.010}
_LOCAL_CURRENCY = 0.8
"""Share of customers abroad who pay in their own currency."""


@dataclass(frozen=True)
class Customers:
    """Customers 0..n-1 of a slice. `region` indexes REGIONS even where the CRM does not know it."""

    customer_id: Ints
    created_at: Ints
    region: Ints
    city: Ints
    region_unknown: Flags
    is_person: Flags
    currency: Ints


def meet_customers(world: World, number: int, deals: Deals) -> Customers:
    """Everybody the slice deals with, known since their first deal or before the history."""
    rng = stream(world.seed, number, "customers")
    known = deals.leads.known_customers
    n = known + deals.leads.new_customers
    created_at = np.full(n, NEVER)
    np.minimum.at(created_at, deals.customer, deals.created_at)
    before = clock.START - (rng.random(known) * 400 * DAY_SECONDS).astype(np.int64)
    created_at[:known] = clock.at_work(before, np.zeros(known, dtype=bool)) - DAY_SECONDS

    region = pick(rng, np.array([region.weight for region in REGIONS]), n)
    cities = np.array([len(region.cities) for region in REGIONS])[region]
    draw = rng.random(n)
    currency = np.zeros(n, dtype=np.int64)
    currency[draw < _FOREIGN["USD"]] = CURRENCIES.index("USD")
    currency[draw > 1 - _FOREIGN["EUR"]] = CURRENCIES.index("EUR")
    local = np.array([CURRENCIES.index(region.currency) for region in REGIONS])[region]
    pays_local = (local > 0) & (rng.random(n) < _LOCAL_CURRENCY)
    return Customers(
        customer_id=number + world.slices * np.arange(n) + 1,
        created_at=created_at,
        region=region,
        city=(rng.random(n) * cities).astype(np.int64),
        region_unknown=rng.random(n) < REGION_UNKNOWN,
        is_person=rng.random(n) < PERSONS,
        currency=np.where(pays_local, local, currency),
    )
