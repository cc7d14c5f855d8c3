"""One slice of the company with everything that ever happens in it, lived through once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from dagster_project.sources.demo.activities import Activities, do_activities
from dagster_project.sources.demo.amounts import Amounts, value_deals
from dagster_project.sources.demo.catalogue import Catalogue
from dagster_project.sources.demo.customers import Customers, meet_customers
from dagster_project.sources.demo.deals import Deals, live_deals
from dagster_project.sources.demo.documents import Documents, write_documents
from dagster_project.sources.demo.orders import Lines, Orders, fill_orders, place_orders
from dagster_project.sources.demo.world import World


@dataclass(frozen=True)
class Story:
    """History does not depend on when it is looked at: `seen.Seen` cuts it at a moment."""

    world: World
    number: int

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.world.seed, self.world.deals)

    @cached_property
    def deals(self) -> Deals:
        return live_deals(self.world, self.number)

    @cached_property
    def customers(self) -> Customers:
        return meet_customers(self.world, self.number, self.deals)

    @cached_property
    def orders(self) -> Orders:
        return place_orders(self.world, self.number, self.deals)

    @cached_property
    def lines(self) -> Lines:
        return fill_orders(
            self.world, self.number, self.deals, self.customers, self.orders, self.catalogue
        )

    @cached_property
    def amounts(self) -> Amounts:
        return value_deals(
            self.world, self.number, self.deals, self.customers, self.orders, self.lines
        )

    @cached_property
    def documents(self) -> Documents:
        return write_documents(self.world, self.number, self.deals)

    @cached_property
    def activities(self) -> Activities:
        return do_activities(self.world, self.number, self.deals)


@lru_cache(maxsize=2)
def story(world: World, number: int) -> Story:
    """The latest slices are kept: tables are extracted side by side, slice after slice."""
    return Story(world, number)
