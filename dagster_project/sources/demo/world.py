"""The size and the seed of the company, and how it is cut into slices of bounded size.

A slice is every n-th deal of the company with its own customers, orders and documents: it spans
the whole history, and only reference data is shared. So memory does not grow with the company.
"""

from __future__ import annotations

from dataclasses import dataclass

SLICE_DEALS = 20_000


@dataclass(frozen=True)
class World:
    deals: int
    seed: int

    @property
    def slices(self) -> int:
        return -(-self.deals // SLICE_DEALS)
