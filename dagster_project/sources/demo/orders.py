"""What is bought: the order of each deal that reaches a quote, and shop orders without a deal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dagster_project.sources.demo import clock, truths
from dagster_project.sources.demo.arrays import DAY_SECONDS, NEVER, NONE, Floats, Ints, stream
from dagster_project.sources.demo.catalogue import FIRST_ID, Catalogue
from dagster_project.sources.demo.company import CURRENCIES, REGIONS, RUB_PER_UNIT
from dagster_project.sources.demo.customers import Customers
from dagster_project.sources.demo.deals import Deals
from dagster_project.sources.demo.world import World

SHOP_ORDERS = 1.25
"""Repeat orders of the web shop, as a multiple of deals."""
MEAN_EXTRA_LINES = 3.8
WITHOUT_PRODUCT = 0.005
RETURNED_LINES = 0.006
RETURN_LINE_OFFSET = 1000
"""A return is a line of its own, numbered 1000 + the line it takes back."""

_PRICE_FACTOR = np.where(
    [region.name == truths.PRICE_WEAK_REGION for region in REGIONS], truths.PRICE_WEAK_FACTOR, 1.0
)
_EXTRA_DISCOUNT = np.where(
    [region.name == truths.PRICE_WEAK_REGION for region in REGIONS],
    truths.PRICE_WEAK_EXTRA_DISCOUNT,
    0.0,
)
_RATE = np.array([RUB_PER_UNIT[currency] for currency in CURRENCIES])


@dataclass(frozen=True)
class Orders:
    """Orders of a slice: first those of deals, then the shop's. `deal` is NONE for shop orders."""

    order_id: Ints
    deal: Ints
    customer: Ints
    written_at: Ints


@dataclass(frozen=True)
class Lines:
    """Lines in order of `order` (an index into Orders); money in hundredths of its currency."""

    order: Ints
    line_id: Ints
    product: Ints
    quantity: Ints
    unit_price: Ints
    discount: Ints
    returned_at: Ints
    """When this line was taken back; NEVER for most."""

    @property
    def amount(self) -> Ints:
        return self.quantity * self.unit_price - self.discount


def place_orders(world: World, number: int, deals: Deals) -> Orders:
    """Write down a deal's order when it is quoted, the shop's at any time after a purchase."""
    rng = stream(world.seed, number, "orders")
    with_order = np.flatnonzero(deals.ordered_at < NEVER)
    n = round(len(deals) * SHOP_ORDERS)
    at = clock.at_work(clock.moments_at(np.sort(rng.random(n))), rng.random(n) < 0.2)
    bought = np.flatnonzero(deals.won_at < NEVER)
    bought = bought[np.argsort(deals.won_at[bought], kind="stable")]
    known = deals.leads.known_customers
    pool = np.concatenate([np.arange(known), deals.customer[bought]])
    open_to = known + np.searchsorted(deals.won_at[bought], at)
    buyer = pool[(rng.random(n) * open_to).astype(np.int64)]
    shop_number = number + world.slices * np.arange(n)
    return Orders(
        order_id=np.concatenate([2 * deals.leads.deal_id[with_order], 2 * shop_number + 1]),
        deal=np.concatenate([with_order, np.full(n, NONE)]),
        customer=np.concatenate([deals.customer[with_order], buyer]),
        written_at=np.concatenate([deals.ordered_at[with_order], at]),
    )


def fill_orders(
    world: World,
    number: int,
    deals: Deals,
    customers: Customers,
    orders: Orders,
    catalogue: Catalogue,
) -> Lines:
    """About five different products an order, with the planted bundles among them."""
    rng = stream(world.seed, number, "lines")
    order, product = _choose_products(rng, orders, catalogue)
    n = len(order)
    starts = np.searchsorted(order, order)
    region = customers.region[orders.customer][order]
    rate = _RATE[customers.currency[orders.customer]][order]
    haggled = np.round(rng.uniform(0.97, 1.03, n), 3)
    unit_price = catalogue.prices[product] * _PRICE_FACTOR[region] * haggled / rate
    unit_price = np.maximum(np.round(unit_price), 1).astype(np.int64)
    quantity = 1 + rng.poisson(1.6 * _appetite(deals, orders)[order])
    usual = np.where(rng.random(n) < 0.35, rng.uniform(0.02, 0.12, n), 0.0)
    discount = quantity * unit_price * (usual + _EXTRA_DISCOUNT[region])
    return Lines(
        order=order,
        line_id=np.arange(n) - starts + 1,
        product=np.where(rng.random(n) < WITHOUT_PRODUCT, NONE, product),
        quantity=quantity,
        unit_price=unit_price,
        discount=np.round(discount).astype(np.int64),
        returned_at=_returns(rng, deals, orders, order),
    )


def _choose_products(
    rng: np.random.Generator, orders: Orders, catalogue: Catalogue
) -> tuple[Ints, Ints]:
    """(order, product) pairs without repetition, in order of order."""
    n = len(orders.order_id)
    order = np.repeat(np.arange(n), 1 + rng.poisson(MEAN_EXTRA_LINES, n))
    product = catalogue.choose(rng, orders.written_at[order])
    parts = [order * catalogue.size + product]
    for bundle in truths.BUNDLES:
        takers = np.flatnonzero(rng.random(n) < bundle.share_of_orders)
        parts += [takers * catalogue.size + (p - FIRST_ID) for p in bundle.product_ids]
    return np.divmod(np.unique(np.concatenate(parts)), catalogue.size)


def _appetite(deals: Deals, orders: Orders) -> Floats:
    """Bigger buyers take more of each product; shop orders are of the usual size."""
    size = np.append(deals.leads.size, 0.0)[orders.deal]
    return np.asarray(np.exp(0.4 * size))


def _returns(rng: np.random.Generator, deals: Deals, orders: Orders, order: Ints) -> Ints:
    """A few lines come back, 3 to 30 days after a shop order or after the deal is over and won."""
    ended_won = np.zeros(len(deals), dtype=bool)
    ended_won[deals.events.deal] = deals.events.stage_id % 10 == 8
    sold_at = np.where(
        orders.deal == NONE,
        orders.written_at,
        np.where(ended_won[orders.deal], deals.ended_at[orders.deal], NEVER),
    )[order]
    comes_back = (rng.random(len(order)) < RETURNED_LINES) & (sold_at < NEVER)
    after = (rng.uniform(3, 30, len(order)) * DAY_SECONDS).astype(np.int64)
    return np.where(comes_back, sold_at + after, NEVER)
