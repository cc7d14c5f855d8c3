"""One window's extraction from one CRM, as a dlt source.

A CRM's package makes an `Extraction`, describes each raw table as a `rest_api` endpoint
(`declared`), as rows of its own (`listed`) or as rows that belong to another table's rows
(`following`), and returns `source([...])`. Resources run one after the other, in that order.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract import DltResource, DltSource
from dlt.sources.rest_api import rest_api_resources
from dlt.sources.rest_api.typing import ClientConfig, Endpoint, RESTAPIConfig
from requests.adapters import BaseAdapter

from dagster_project.settings import Settings
from dagster_project.sources.base import Window
from dagster_project.sources.rest.arrow import Row, Rows
from dagster_project.sources.rest.credentials import Credentials
from dagster_project.sources.rest.guard import check_against_last, check_against_total
from dagster_project.sources.rest.policy import Policy
from dagster_project.sources.rest.quota import DailyQuota
from dagster_project.sources.rest.spool import Spool, SpoolAdapter
from dagster_project.sources.rest.table import GONE, Table
from dagster_project.sources.rest.transport import PoliteAdapter, session

log = logging.getLogger(__name__)

PAGE_ROWS = 5_000
"""Rows per Arrow table: memory stays flat, and dlt's cost per table is shared by many rows."""

SCHEMA_DRIFT = Table("schema_drift", ("entity", "field"), ("entity", "field"))
EXTRACTIONS = Table(
    "extractions",
    ("window_end",),
    ("window_start", "window_end", "started_at", "complete_to", "account"),
)
BOOKKEEPING = (SCHEMA_DRIFT, EXTRACTIONS)
"""Tables every CRM has: fields nobody declared, and which windows were extracted when."""


class Extraction:
    """What the resources of one extraction share: session, bounds, moment of beginning."""

    def __init__(
        self,
        crm: str,
        base_url: str,
        window: Window,
        settings: Settings,
        policy: Policy,
        credentials: Credentials,
        *,
        overlap: timedelta = timedelta(minutes=10),
        wrap: Callable[[BaseAdapter], BaseAdapter] = lambda adapter: adapter,
    ) -> None:
        """`wrap` may put an adapter of the CRM's own between spool and network."""
        self.crm = crm
        self.base_url = base_url
        self.window = window
        self.since = window.start - overlap if window.start else None
        """Rows changed from here on are asked for; None for all."""
        self.until = window.end
        self._bounds = f"{window.start} .. {window.end}"
        self._spool = Spool(settings.data_dir / "spool" / crm, f"{base_url} {self._bounds}")
        quota = DailyQuota(
            crm, settings.data_dir / "quota" / f"{crm}.json", policy.requests_per_day
        )
        polite = PoliteAdapter(policy, credentials, quota)
        self.session = session(policy, SpoolAdapter(wrap(polite), self._spool))
        self._drift: list[dict[str, str]] = []
        self._started: datetime | None = None

    @property
    def started_at(self) -> datetime:
        """When this extraction began; of a resumed one, when it first began."""
        if self._started is None:
            self._started = self._spool.open(datetime.now(UTC))
        return self._started

    @property
    def complete_to(self) -> datetime:
        """Every change before this moment is extracted once this extraction is loaded."""
        return min(self.window.end, self.started_at)

    @property
    def client(self) -> ClientConfig:
        """The `client` part of a `rest_api` configuration."""
        return {"base_url": self.base_url, "session": self.session}

    def declared(
        self,
        table: Table,
        endpoint: Endpoint,
        *,
        prepare: Callable[[dict[str, Any]], Row] | None = None,
        total: Callable[[], int | None] | None = None,
    ) -> DltResource:
        """A table read by dlt's `rest_api` from a declared endpoint.

        `prepare` may add to or leave out of each row; `total` asks the CRM how many there are.
        """

        def rows() -> Iterator[Row]:
            for row in self.read(endpoint):
                yield prepare(row) if prepare else row

        return self.listed(table, rows, total=total)

    def read(self, endpoint: Endpoint) -> Iterator[dict[str, Any]]:
        """The rows of a declared endpoint, page after page, as dlt's `rest_api` reads them."""
        config: RESTAPIConfig = {
            "client": self.client,
            "resources": [{"name": str(endpoint["path"]), "endpoint": endpoint}],
        }
        (resource,) = rest_api_resources(config)
        yield from resource

    def listed(
        self,
        table: Table,
        rows: Callable[[], Iterable[Row]],
        *,
        total: Callable[[], int | None] | None = None,
    ) -> DltResource:
        """A table whose rows a function of the CRM's package gives."""

        def pages() -> Iterator[pa.Table]:
            state = _state_of(table)
            made = Rows(self.crm, table, self.started_at)
            expected = total() if total else None
            count = 0
            yield made.arrow(())
            for page in _chunks(_distinct(rows(), table), PAGE_ROWS):
                count += len(page)
                yield made.arrow(page)
            check_against_total(self.crm, table.name, count, expected)
            if table.guarded:
                check_against_last(self.crm, table.name, count, state.get("rows"))
                state["rows"] = count
            if count:
                self._note_drift(table, made, state)

        return dlt.resource(pages, **_hints(table))

    def following(
        self,
        table: Table,
        parent: DltResource,
        rows: Callable[[pa.Table], Iterable[Row]],
    ) -> DltResource:
        """A table fetched for each page of `parent`'s rows, such as the lines of changed deals."""
        opened = False

        def pages(page: pa.Table) -> Iterator[pa.Table]:
            nonlocal opened
            state = _state_of(table)
            made = Rows(self.crm, table, self.started_at)
            if not opened:
                opened = True
                yield made.arrow(())
            if page.num_rows:
                for part in _chunks(rows(page), PAGE_ROWS):
                    yield made.arrow(part)
                self._note_drift(table, made, state)

        return dlt.transformer(pages, data_from=parent, **_hints(table))

    def source(self, resources: list[DltResource]) -> DltSource:
        """All resources and the bookkeeping as one dlt source."""
        last = [
            self.listed(SCHEMA_DRIFT, lambda: self._drift),
            self.listed(EXTRACTIONS, self._extraction),
        ]
        return dlt.source(lambda: [*resources, *last], name=self.crm, max_table_nesting=0)()

    def _extraction(self) -> Iterator[Row]:
        # The last resource: everything else has been read, so nothing is left to go on with.
        self._spool.close()
        if self._spool.hits:
            log.info("%s: went on with %d answers kept", self.crm, self._spool.hits)
        start = self.window.start
        yield {
            "window_start": start.astimezone(UTC).isoformat() if start else None,
            "window_end": self.window.end.astimezone(UTC).isoformat(),
            "started_at": self.started_at.isoformat(),
            "complete_to": self.complete_to.astimezone(UTC).isoformat(),
            "account": self.base_url,
        }

    def _note_drift(self, table: Table, made: Rows, state: dict[str, Any]) -> None:
        if table in BOOKKEEPING:
            return
        known = state.get("undeclared")
        new = [name for name in made.undeclared if name not in (known or ())]
        self._drift += [{"entity": table.name, "field": name} for name in new]
        if known is not None:  # at the first load every field of the company's own would be news
            for name in new:
                log.warning("%s: %s has a new field `%s`; loaded", self.crm, table.name, name)
        if made.undeclared or known is None:
            state["undeclared"] = [*(known or ()), *new]


def _state_of(table: Table) -> dict[str, Any]:
    """What is remembered of a table from load to load. dlt forgets a replaced resource's own."""
    tables: dict[str, dict[str, Any]] = dlt.current.source_state().setdefault("tables", {})
    return tables.setdefault(table.name, {})


def _hints(table: Table) -> dict[str, Any]:
    hints: dict[str, Any] = {"name": table.name, "primary_key": table.key}
    if table.disposition == "replace":
        return hints | {"write_disposition": "replace"}
    hints["write_disposition"] = {"disposition": "merge", "strategy": "delete-insert"}
    if table.owner is not None:
        hints["merge_key"] = table.owner
        hints["columns"] = {GONE: {"data_type": "bool", "hard_delete": True}}
    return hints


def _distinct(rows: Iterable[Row], table: Table) -> Iterator[Row]:
    """Rows of a replaced table once each: pages may overlap, and no merge removes the second."""
    if table.disposition != "replace":
        yield from rows
        return
    seen = set()
    for row in rows:
        key = tuple(row.get(name) for name in table.key)
        if key not in seen:
            seen.add(key)
            yield row


def _chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) >= size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
