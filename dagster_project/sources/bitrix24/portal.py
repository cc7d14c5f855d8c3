"""Calls that are not listings: one method, a count, and lists by owner in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.rest_api.typing import Endpoint
from requests import Session

from dagster_project.sources.bitrix24.paging import COMMANDS, PAGE, query
from dagster_project.sources.bitrix24.signature import CRM
from dagster_project.sources.rest.errors import CrmError

OWNERS = 10
"""Owners asked for in one command: ten deals rarely have more than 50 lines together."""


def listing(method: str, rows: str = "", body: dict[str, Any] | None = None) -> Endpoint:
    """A short list, in ordinary pages (`next` is the `start` of the next one)."""
    return {
        "path": method,
        "method": "POST",
        "json": {**(body or {}), "start": 0},
        "data_selector": f"result.{rows}" if rows else "result",
        "paginator": {"type": "cursor", "cursor_path": "next", "cursor_body_path": "start"},
    }


class Portal:
    """A portal's REST API."""

    def __init__(self, base_url: str, session: Session) -> None:
        self._client = RESTClient(base_url, session=session)

    def call(self, method: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The whole answer to one call.

        Raises:
            CrmError: the portal refused; the message has its reason.
        """
        response = self._client.post(method, json=body or {})
        if response.status_code != 200:
            try:
                said = response.json()
            except ValueError:
                said = {}
            raise CrmError(
                f"{CRM}: {method}: {said.get('error', response.status_code)}:"
                f" {said.get('error_description', response.reason)}"
            )
        return cast("dict[str, Any]", response.json())

    def total(self, method: str, body: dict[str, Any]) -> int:
        """How many rows the portal counts (`total` counts only with `start` 0)."""
        return int(self.call(method, {**body, "start": 0}).get("total") or 0)

    def owned(
        self,
        method: str,
        rows: str,
        owner_field: str,
        owners: Sequence[str],
        filter_: dict[str, Any],
    ) -> Iterator[dict[str, Any]]:
        """Rows whose `owner_field` is among `owners`, `COMMANDS` x `OWNERS` owners a request."""
        groups = [owners[at : at + OWNERS] for at in range(0, len(owners), OWNERS)]
        yield from self._grouped(method, rows, owner_field, groups, filter_)

    def _batch(
        self,
        method: str,
        rows: str,
        owner_field: str,
        groups: Sequence[Sequence[str]],
        filter_: dict[str, Any],
    ) -> Iterator[dict[str, Any]]:
        commands = {
            f"g{number}": f"{method}?"
            + query({"filter": {**filter_, owner_field: list(group)}, "start": 0})
            for number, group in enumerate(groups)
        }
        batch = self.call("batch", {"halt": 0, "cmd": commands})["result"]
        for name, error in (batch["result_error"] or {}).items():
            raise CrmError(f"{CRM}: {commands[name][:80]}: {error}")
        full = []
        for number, group in enumerate(groups):
            found = _rows(batch["result"][f"g{number}"], rows)
            if len(found) < PAGE:
                yield from found
            elif len(group) > 1:
                full += [group[: len(group) // 2], group[len(group) // 2 :]]
            else:
                yield from self._pages(method, rows, {**filter_, owner_field: list(group)})
        if full:
            yield from self._grouped(method, rows, owner_field, full, filter_)

    def _grouped(
        self,
        method: str,
        rows: str,
        owner_field: str,
        groups: Sequence[Sequence[str]],
        filter_: dict[str, Any],
    ) -> Iterator[dict[str, Any]]:
        for at in range(0, len(groups), COMMANDS):
            yield from self._batch(method, rows, owner_field, groups[at : at + COMMANDS], filter_)

    def _pages(self, method: str, rows: str, filter_: dict[str, Any]) -> Iterator[dict[str, Any]]:
        start = 0
        while True:
            answer = self.call(method, {"filter": filter_, "order": {"id": "ASC"}, "start": start})
            found = _rows(answer["result"], rows)
            yield from found
            if len(found) < PAGE:
                return
            start += PAGE


def _rows(result: Any, rows: str) -> list[dict[str, Any]]:
    found = result[rows] if rows and result else result
    return list(found or [])
