"""What a deal is worth to the CRM: a guess until the order is written, then the order's total."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dagster_project.sources.demo.arrays import NEVER, NONE, Flags, Ints, stream
from dagster_project.sources.demo.company import CURRENCIES, RUB_PER_UNIT
from dagster_project.sources.demo.customers import Customers
from dagster_project.sources.demo.deals import Deals
from dagster_project.sources.demo.orders import Lines, Orders
from dagster_project.sources.demo.world import World

NO_GUESS = 0.04
ZERO_GUESS = 0.03
FREE_OF_CHARGE = 0.004
CORRECTION = 0.002
"""Share of ordered deals that are corrections of earlier ones: their amount is negative."""

_RATE = np.array([RUB_PER_UNIT[currency] for currency in CURRENCIES])


@dataclass(frozen=True)
class Amounts:
    """Money of each deal in hundredths of its currency (an index into CURRENCIES)."""

    currency: Ints
    guess: Ints
    without_guess: Flags
    total: Ints


def value_deals(
    world: World, number: int, deals: Deals, customers: Customers, orders: Orders, lines: Lines
) -> Amounts:
    rng = stream(world.seed, number, "amounts")
    n = len(deals)
    currency = customers.currency[deals.customer]
    thousands = np.round(np.exp(4.3 + 0.5 * deals.leads.size + 0.5 * rng.standard_normal(n)))
    guess = (np.maximum(thousands, 1) * 100_000 / _RATE[currency]).astype(np.int64)
    guess[rng.random(n) < ZERO_GUESS] = 0

    deal = orders.deal[lines.order]
    of_deal = deal != NONE
    total = np.bincount(deal[of_deal], weights=lines.amount[of_deal], minlength=n).astype(np.int64)
    draw = rng.random(n)
    total[draw < FREE_OF_CHARGE] = 0
    correction = (draw > 1 - CORRECTION) & (deals.won_at < NEVER)
    total[correction] = -(total[correction] // 10)
    return Amounts(currency, guess, rng.random(n) < NO_GUESS, total)
