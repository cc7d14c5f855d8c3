"""A slice as the CRM shows it at a moment: what has happened before it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dagster_project.sources.demo.arrays import NEVER, Flags, Ints
from dagster_project.sources.demo.deals import KEPT, TRASHED
from dagster_project.sources.demo.leads import USER_IDS
from dagster_project.sources.demo.story import Story


@dataclass(frozen=True)
class Seen:
    """`story` cut at `as_of` (exclusive, UTC seconds). A deleted deal's story stops there."""

    story: Story
    as_of: int

    @cached_property
    def stop(self) -> Ints:
        """Each deal's story is told up to here, exclusive."""
        return np.minimum(self.story.deals.deleted_at, self.as_of)

    @cached_property
    def deleted(self) -> Flags:
        deals = self.story.deals
        return np.asarray((deals.deletion != KEPT) & (deals.deleted_at < self.as_of))

    @cached_property
    def gone(self) -> Flags:
        """Removed or merged: the CRM shows nothing of the deal but its deletion."""
        return np.asarray(self.deleted & (self.story.deals.deletion != TRASHED))

    @cached_property
    def shown(self) -> Flags:
        return np.asarray((self.story.deals.created_at < self.as_of) & ~self.gone)

    @cached_property
    def events(self) -> Ints:
        """Indices of the events the CRM shows."""
        events = self.story.deals.events
        return np.flatnonzero((events.at < self.stop[events.deal]) & self.shown[events.deal])

    @cached_property
    def last_event(self) -> Ints:
        """Index of each shown deal's last event so far (0 for deals not shown)."""
        last = np.zeros(len(self.story.deals), dtype=np.int64)
        last[self.story.deals.events.deal[self.events]] = self.events
        return last

    @cached_property
    def stage_id(self) -> Ints:
        return self.story.deals.events.stage_id[self.last_event]

    @cached_property
    def won(self) -> Flags:
        return np.asarray(self.stage_id % 10 == 8)

    @cached_property
    def lost(self) -> Flags:
        return np.asarray(self.stage_id % 10 == 9)

    @cached_property
    def moved_at(self) -> Ints:
        return self.story.deals.events.at[self.last_event]

    @cached_property
    def closed_at(self) -> Ints:
        return np.where(self.won | self.lost, self.moved_at, NEVER)

    @cached_property
    def handed_over(self) -> Flags:
        return np.asarray(self.story.deals.handed_over_at < self.stop)

    @cached_property
    def owner_id(self) -> Ints:
        deals = self.story.deals
        return USER_IDS[np.where(self.handed_over, deals.new_manager, deals.leads.manager)]

    @cached_property
    def changed_at(self) -> Ints:
        """The last change of the deal's own row."""
        deals = self.story.deals
        changed = np.maximum(self.moved_at, np.where(self.handed_over, deals.handed_over_at, 0))
        return np.maximum(changed, np.where(self.deleted, deals.deleted_at, 0))

    def owner_at(self, deal: Ints, at: Ints) -> Ints:
        """The id of the deal's owner at a moment."""
        deals = self.story.deals
        after = at >= deals.handed_over_at[deal]
        return USER_IDS[np.where(after, deals.new_manager[deal], deals.leads.manager[deal])]
