"""Keyset paging by id, 50 rows at a time, and 50 such pages in one request.

`start=-1` with `>id` is the fast way through large lists (the portal then counts nothing, and
`total` and `next` mean nothing). dlt's declarative cursor pages so; `BatchAdapter` sits below it
and asks for 50 pages at once, each page's filter taken from the last row of the page before
(`$result[p0][items][49][id]`). To dlt the answer looks like one long page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dlt.sources.rest_api.typing import Endpoint
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from dagster_project.sources.rest.spool import answer, body_of

PAGE = 50
COMMANDS = 50
"""Most commands in a batch."""


@dataclass(frozen=True)
class Paged:
    """A list method that can be paged by id: where its rows are and what it calls the id."""

    method: str
    rows: str = ""
    id: str = "ID"
    filter: str = "filter"

    def endpoint(
        self, body: dict[str, Any] | None = None, filter_: dict[str, Any] | None = None
    ) -> Endpoint:
        """The method as an endpoint of dlt's `rest_api`, all rows with `filter_` in order of id."""
        rows = f"result.{self.rows}" if self.rows else "result"
        order: dict[str, Any] = {"order": {self.id: "ASC"}}
        if self.filter == "FILTER":  # user.get has it in two parameters, and in capitals
            order = {"sort": self.id, "order": "ASC"}
        return {
            "path": self.method,
            "method": "POST",
            "json": {
                **(body or {}),
                **order,
                self.filter: {**(filter_ or {}), f">{self.id}": 0},
                "start": -1,
            },
            "data_selector": rows,
            "paginator": {
                "type": "cursor",
                "cursor_path": f"{rows}[-1].{self.id}",
                "cursor_body_path": f"{self.filter}.>{self.id}",
                "stop_after_empty_page": True,
            },
        }

    @property
    def steps(self) -> tuple[str, ...]:
        """The way from `result` to the rows."""
        return (self.rows,) if self.rows else ()


ITEMS = Paged("crm.item.list", "items", "id")
STAGE_HISTORY = Paged("crm.stagehistory.list", "items")
ACTIVITY = Paged("crm.activity.list")
REQUISITE = Paged("crm.requisite.list")
USER = Paged("user.get", filter="FILTER")
PRODUCT = Paged("catalog.product.list", "products", "id")
PRICE = Paged("catalog.price.list", "prices", "id")
SECTION = Paged("catalog.section.list", "sections", "id")

_BY_METHOD = {
    paged.method: paged
    for paged in (ITEMS, STAGE_HISTORY, ACTIVITY, REQUISITE, USER, PRODUCT, PRICE, SECTION)
}


class BatchAdapter(BaseAdapter):
    """Turns the second and later pages of a keyset listing into batches of `COMMANDS` pages.

    The first page goes alone: most nights it is the only one. Rows after the first page that is not
    full are dropped: its successors' filters had nothing to refer to.
    """

    def __init__(self, inner: BaseAdapter) -> None:
        super().__init__()
        self._inner = inner

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        method = (request.url or "").rsplit("/", 1)[-1]
        paged = _BY_METHOD.get(method)
        body = json.loads(body_of(request) or b"{}") if paged else {}
        if paged is None or body.get("start") != -1 or not body[paged.filter].get(f">{paged.id}"):
            return self._inner.send(request, *args, **kwargs)
        batched = request.copy()
        batched.url = (request.url or "")[: -len(method)] + "batch"
        batched.prepare_body(data=None, files=None, json=_chain(paged, body))
        response = self._inner.send(batched, *args, **kwargs)
        if response.status_code != 200:
            return response
        return _joined(request, paged, response.json())

    def close(self) -> None:
        self._inner.close()


def query(value: Any, prefix: str = "") -> str:
    """Nested parameters in PHP's notation: `filter[>id]=5&select[0]=id`, values encoded."""
    parts = []
    items: Iterable[tuple[Any, Any]] = (
        value.items() if isinstance(value, dict) else enumerate(value)
    )
    for key, item in items:
        name = f"{prefix}[{quote(str(key))}]" if prefix else quote(str(key))
        if isinstance(item, dict | list | tuple):
            parts.append(query(item, name))
        else:
            shown = str(item)
            parts.append(f"{name}={shown if shown.startswith('$result[') else quote(shown)}")
    return "&".join(part for part in parts if part)


def _chain(paged: Paged, body: dict[str, Any]) -> dict[str, Any]:
    commands = {"p0": f"{paged.method}?{query(body)}"}
    way = "".join(f"[{step}]" for step in (*paged.steps, PAGE - 1, paged.id))
    for number in range(1, COMMANDS):
        rest = dict(body)
        rest[paged.filter] = {
            **body[paged.filter],
            f">{paged.id}": f"$result[p{number - 1}]{way}",
        }
        commands[f"p{number}"] = f"{paged.method}?{query(rest)}"
    return {"halt": 0, "cmd": commands}


def _joined(request: PreparedRequest, paged: Paged, batch: dict[str, Any]) -> Response:
    results = batch["result"]["result"] or {}
    errors = batch["result"]["result_error"] or {}
    joined: list[Any] = []
    for number in range(COMMANDS):
        name = f"p{number}"
        if name in errors:
            return answer(request, json.dumps(errors[name]).encode(), status=400)
        rows = results.get(name, [])
        for step in paged.steps:
            rows = rows[step] if rows else []
        joined += rows
        if len(rows) < PAGE:
            break
    content: Any = joined
    for step in reversed(paged.steps):
        content = {step: content}
    return answer(request, json.dumps({"result": content, "time": batch.get("time", {})}).encode())
