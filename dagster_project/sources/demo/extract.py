"""Extraction from the demo CRM: the rows that changed in a window.

Read like a CRM's export API: page after page (one slice of the company each), rows selected by
`updated_at`, their state always that of `settings.demo_as_of`: windows may come in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import dlt
import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract import DltResource, DltSource

from dagster_project.settings import Settings
from dagster_project.sources.base import Window
from dagster_project.sources.demo import (
    customer_tables,
    deal_tables,
    marketing,
    order_tables,
    reference,
    tables,
)
from dagster_project.sources.demo.arrays import MOMENT
from dagster_project.sources.demo.seen import Seen
from dagster_project.sources.demo.story import story
from dagster_project.sources.demo.tables import RawTable
from dagster_project.sources.demo.world import World


def pages(table: RawTable, world: World, as_of: int, window: Window) -> Iterator[pa.Table]:
    """The table's changed rows, slice by slice; one empty page if there are none."""
    empty = True
    for page in _whole_pages(table, world, as_of):
        changed = page if table is tables.ACCOUNT else page.filter(_changed_in(window))
        if changed.num_rows:
            empty = False
            yield changed
    if empty:
        yield table.schema.empty_table()


def _whole_pages(table: RawTable, world: World, as_of: int) -> Iterator[pa.Table]:
    if table.name in _FOR_COMPANY:
        yield _FOR_COMPANY[table.name](world, as_of)
        return
    for number in range(world.slices):
        yield _FOR_SLICE[table.name](Seen(story(world, number), as_of))


_FOR_COMPANY: dict[str, Callable[[World, int], pa.Table]] = {
    tables.PIPELINES.name: reference.pipelines,
    tables.PIPELINE_STAGES.name: reference.pipeline_stages,
    tables.USERS.name: reference.users,
    tables.GOODS.name: reference.goods,
    tables.CAMPAIGNS.name: reference.campaigns,
    tables.AD_SPEND.name: marketing.ad_spend,
    tables.LOSS_REASONS.name: reference.loss_reasons,
    tables.ACCOUNT.name: reference.account,
}
_FOR_SLICE: dict[str, Callable[[Seen], pa.Table]] = {
    tables.CLIENTS.name: customer_tables.clients,
    tables.DEALS.name: deal_tables.deals,
    tables.DEAL_STAGE_HISTORY.name: deal_tables.deal_stage_history,
    tables.ORDER_ITEMS.name: order_tables.order_items,
    tables.DOCUMENTS.name: order_tables.documents,
    tables.ACTIVITIES.name: deal_tables.activities,
    tables.DELETION_LOG.name: deal_tables.deletion_log,
}


def _changed_in(window: Window) -> pc.Expression:
    changed = pc.field("updated_at") < pa.scalar(window.end, MOMENT)
    if window.start is not None:
        changed = changed & (pc.field("updated_at") >= pa.scalar(window.start, MOMENT))
    return changed


def extract(window: Window, settings: Settings) -> DltSource:
    """The demo CRM's changes in `window`: one resource per raw table, merged by primary key."""
    world = World(settings.demo_deals, settings.demo_seed)
    as_of = int(settings.demo_as_of.timestamp())

    @dlt.source(name="demo", max_table_nesting=0)
    def demo() -> Iterator[DltResource]:
        for table in tables.TABLES:
            yield dlt.resource(
                pages(table, world, as_of, window),
                name=table.name,
                primary_key=table.key,
                write_disposition={
                    "disposition": "merge",
                    "strategy": "delete-insert",
                    "deduplicated": True,
                },
            )

    return demo()
