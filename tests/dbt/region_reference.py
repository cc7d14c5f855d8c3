"""What `region_drivers` must say, worked out the slow way: in exact fractions, from the rows.

The effects of leads, win rate and orders are Shapley values by definition: each driver's mean
marginal change of revenue over every order in which drivers can switch from base to current.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import permutations
from typing import Any

Row = Mapping[str, Any]
ZERO = Fraction(0)


@dataclass
class Side:
    """One side of a comparison. `products` maps a product to (units, revenue)."""

    leads: Fraction = ZERO
    closed: Fraction = ZERO
    won: Fraction = ZERO
    orders: Fraction = ZERO
    sold_deals: Fraction = ZERO
    unknown_revenue: Fraction = ZERO
    products: dict[str, tuple[Fraction, Fraction]] = field(default_factory=dict)

    @property
    def units(self) -> Fraction:
        return sum((units for units, _ in self.products.values()), ZERO)

    @property
    def product_revenue(self) -> Fraction:
        return sum((revenue for _, revenue in self.products.values()), ZERO)

    @property
    def revenue(self) -> Fraction:
        return self.product_revenue + self.unknown_revenue


def side_of(deals: Iterable[Row], lines: Iterable[Row], scale: int = 1) -> Side:
    """Count deals and sold lines; `scale` regions are averaged into one."""
    deals, lines = list(deals), list(lines)
    products: dict[str, tuple[Fraction, Fraction]] = defaultdict(lambda: (ZERO, ZERO))
    for line in lines:
        if line["product_id"] is not None:
            units, revenue = products[line["product_id"]]
            products[line["product_id"]] = (
                units + Fraction(line["quantity"]) / scale,
                revenue + Fraction(line["amount"]) / scale,
            )
    # An order is counted once in each region and quarter it has lines in.
    orders = {(line["region"], line["ordered_quarter"], line["order_id"]) for line in lines}
    sold = {
        (line["region"], line["ordered_quarter"], line["deal_id"])
        for line in lines
        if line["deal_id"]
    }
    return Side(
        leads=Fraction(sum(1 for deal in deals if deal["counts_as"] == "lead"), scale),
        closed=Fraction(sum(1 for deal in deals if deal["counts_as"] == "closed"), scale),
        won=Fraction(
            sum(1 for d in deals if d["counts_as"] == "closed" and d["outcome"] == "won"), scale
        ),
        orders=Fraction(len(orders), scale),
        sold_deals=Fraction(len(sold), scale),
        unknown_revenue=sum(
            (Fraction(line["amount"]) / scale for line in lines if line["product_id"] is None), ZERO
        ),
        products=dict(products),
    )


def explain(
    base: Side, current: Side, new: set[str], lost: set[str], per_lead: bool
) -> dict[str, Fraction]:
    """The effect of each driver; `new` and `lost` are products that one side alone sells."""
    factors = _factors(base, current, per_lead)
    effects = _shapley(factors)
    orders_weight_x_bill = effects.pop("bill")
    bill_change = factors["bill"][1] - factors["bill"][0]
    weight = orders_weight_x_bill / bill_change if bill_change else ZERO
    if not bill_change:
        # The bill as a whole changes nothing, its parts may: they weigh as any change of it would.
        nudged = factors | {"bill": (factors["bill"][0], factors["bill"][1] + 1)}
        weight = _bill_weight(nudged)
    parts = _bill_parts(base, current, new, lost)
    return effects | {name: weight * change for name, change in parts.items()}


def _factors(base: Side, current: Side, per_lead: bool) -> dict[str, tuple[Fraction, Fraction]]:
    win_rates = _filled(_ratio(base.won, base.closed), _ratio(current.won, current.closed))
    bills = _filled(_ratio(base.revenue, base.orders), _ratio(current.revenue, current.orders))
    carried, others = [], []
    for side, win_rate in zip((base, current), win_rates, strict=True):
        divisor = side.leads if per_lead else Fraction(1)
        carried.append((side.sold_deals - side.leads * win_rate) / divisor)
        others.append((side.orders - side.sold_deals) / divisor)
    return {
        "leads": (base.leads, current.leads),
        "win_rate": win_rates,
        "carry_over": (carried[0], carried[1]),
        "other_orders": (others[0], others[1]),
        "bill": bills,
        "per_lead": (Fraction(per_lead), Fraction(per_lead)),
    }


def _revenue(values: Mapping[str, Fraction]) -> Fraction:
    per_lead_orders = values["win_rate"]
    orders = ZERO
    if values["per_lead"]:
        per_lead_orders += values["carry_over"] + values["other_orders"]
    else:
        orders = values["carry_over"] + values["other_orders"]
    return (values["leads"] * per_lead_orders + orders) * values["bill"]


def _shapley(factors: Mapping[str, tuple[Fraction, Fraction]]) -> dict[str, Fraction]:
    drivers = [name for name in factors if name != "per_lead"]
    effects = dict.fromkeys(drivers, ZERO)
    all_orders = list(permutations(drivers))
    for order in all_orders:
        values = {name: sides[0] for name, sides in factors.items()}
        for driver in order:
            before = _revenue(values)
            values[driver] = factors[driver][1]
            effects[driver] += _revenue(values) - before
    return {driver: effect / len(all_orders) for driver, effect in effects.items()}


def _bill_weight(factors: Mapping[str, tuple[Fraction, Fraction]]) -> Fraction:
    """Revenue is linear in the bill: a bill that changes by 1 has its weight for an effect."""
    return _shapley(factors)["bill"]


def _bill_parts(base: Side, current: Side, new: set[str], lost: set[str]) -> dict[str, Fraction]:
    """Money per order; shares and prices weigh as the mean of both sides."""
    parts = dict.fromkeys(
        ("price", "volume", "mix", "new_products", "lost_products", "unknown_products"), ZERO
    )
    if not (base.orders and current.orders):
        return parts
    parts["unknown_products"] = (
        current.unknown_revenue / current.orders - base.unknown_revenue / base.orders
    )
    volumes = base.units / base.orders, current.units / current.orders
    prices = _filled(
        _ratio(base.product_revenue, base.units), _ratio(current.product_revenue, current.units)
    )
    usual_price, usual_volume = sum(prices, ZERO) / 2, sum(volumes, ZERO) / 2
    parts["volume"] = (volumes[1] - volumes[0]) * usual_price
    if not (base.units and current.units):
        return parts
    for product in base.products.keys() | current.products.keys():
        sold = base.products.get(product), current.products.get(product)
        share_0 = sold[0][0] / base.units if sold[0] else ZERO
        share_1 = sold[1][0] / current.units if sold[1] else ZERO
        price_0, price_1 = _filled(*(s[1] / s[0] if s else None for s in sold))
        parts["price"] += usual_volume * (share_0 + share_1) / 2 * (price_1 - price_0)
        name = "new_products" if product in new else "lost_products" if product in lost else "mix"
        parts[name] += usual_volume * (share_1 - share_0) * ((price_0 + price_1) / 2 - usual_price)
    return parts


def _ratio(numerator: Fraction, denominator: Fraction) -> Fraction | None:
    return numerator / denominator if denominator else None


def _filled(base: Fraction | None, current: Fraction | None) -> tuple[Fraction, Fraction]:
    """A side that has no value takes the other's; 0 if neither has one."""
    known = [value for value in (base, current) if value is not None] or [ZERO]
    return (known[0] if base is None else base), (known[-1] if current is None else current)
