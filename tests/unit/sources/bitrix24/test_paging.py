"""Batches of pages: what is asked, and what is made of the answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from requests import Response, Session
from requests.adapters import HTTPAdapter

from dagster_project.sources.bitrix24.limits import expired, throttled
from dagster_project.sources.bitrix24.paging import ITEMS, BatchAdapter, query
from dagster_project.sources.bitrix24.portal import Portal
from dagster_project.sources.rest.errors import CrmError
from tests.fakes.bitrix24 import FakePortal
from tests.fakes.bitrix24.php import parse_str


@pytest.fixture
def portal() -> FakePortal:
    made = FakePortal()
    for number in range(1, 3131):
        made.rows["deals"].put({"id": number * 3, "categoryId": number % 2})
    return made


@pytest.fixture
def session(portal: FakePortal) -> Iterator[tuple[str, Session]]:
    with portal.served() as url, Session() as made:
        made.mount("http://", BatchAdapter(HTTPAdapter()))
        yield f"{url}/rest/1/{portal.webhook}/", made


def listed(session: tuple[str, Session], filter_: dict[str, Any]) -> tuple[list[int], int]:
    """All ids that the endpoint's keyset paging yields, and the requests it took."""
    url, client = session
    body = dict(ITEMS.endpoint({"entityTypeId": 2, "select": ["id"]}, filter_)["json"] or {})
    ids: list[int] = []
    requests = 0
    while True:
        requests += 1
        rows = client.post(f"{url}crm.item.list", json=body).json()["result"]["items"]
        if not rows:
            return ids, requests
        ids += [row["id"] for row in rows]
        body["filter"][">id"] = rows[-1]["id"]


def test_batches_of_pages_yield_every_row_once_in_order(session: tuple[str, Session]) -> None:
    ids, requests = listed(session, {})
    assert ids == [number * 3 for number in range(1, 3131)]
    assert requests == 1 + 2 + 1, "the first page alone, two batches of up to 50, one empty"


def test_filter_of_the_listing_holds_on_every_page(session: tuple[str, Session]) -> None:
    ids, _ = listed(session, {"categoryId": 1})
    assert ids == [number * 3 for number in range(1, 3131, 2)]


def test_error_of_a_command_is_an_error_of_the_page(
    portal: FakePortal, session: tuple[str, Session]
) -> None:
    url, client = session
    body = {"entityTypeId": 2, "filter": {">id": 5, "nosuch": 1}, "order": {"id": "ASC"}}
    answer = client.post(f"{url}crm.item.list", json=body | {"start": -1})
    assert answer.status_code == 400
    assert answer.json()["error"] == "INVALID_ARG_VALUE"


def test_standard_cursor_with_start_minus_one_would_stop_after_one_page(
    session: tuple[str, Session],
) -> None:
    """Why paging is by id: the portal gives no `next` then, and its total is 0."""
    url, client = session
    body = {"entityTypeId": 2, "filter": {}, "order": {"id": "ASC"}, "start": -1}
    answer = client.post(f"{url}crm.item.list", json=body).json()
    assert len(answer["result"]["items"]) == 50
    assert answer["total"] == 0
    assert "next" not in answer


@pytest.mark.parametrize(
    "parameters",
    [
        {"filter": {">id": 5, ">=updatedTime": "2026-03-01T00:00:00+03:00"}, "start": -1},
        {"select": ["id", "ufCrm_1"], "order": {"id": "ASC"}},
        {"filter": {"@ENTITY_ID": [1, 2], "title": "a&b=c [d] 100% + $"}},
    ],
)
def test_commands_survive_phps_reading_of_them(parameters: dict[str, Any]) -> None:
    def texts(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: texts(item) for key, item in value.items()}
        return [texts(item) for item in value] if isinstance(value, list) else str(value)

    assert parse_str(query(parameters)) == texts(parameters)


def test_owned_rows_come_whole_however_many_an_owner_has(
    portal: FakePortal, session: tuple[str, Session]
) -> None:
    lines = {1: 3, 2: 0, 3: 49, 4: 50, 5: 130, **dict.fromkeys(range(6, 640), 1)}
    number = 0
    for owner, count in lines.items():
        for _ in range(count):
            number += 1
            portal.rows["product_rows"].put({"id": number, "ownerId": owner, "ownerType": "D"})
    owned = Portal(*session).owned(
        "crm.item.productrow.list",
        "productRows",
        "=ownerId",
        [str(owner) for owner in lines],
        {"=ownerType": "D"},
    )
    assert sorted(row["id"] for row in owned) == list(range(1, number + 1))


def test_refusal_has_the_portals_reason(portal: FakePortal, session: tuple[str, Session]) -> None:
    portal.scopes = ("user",)
    with pytest.raises(CrmError, match=r"bitrix24: crm.item.list: insufficient_scope"):
        Portal(*session).total("crm.item.list", {"entityTypeId": 2})


def response(status: int, body: bytes) -> Response:
    made = Response()
    made.status_code = status
    made._content = body
    return made


@pytest.mark.parametrize(
    ("status", "body", "wait"),
    [
        (200, b'{"result": {"items": []}}', None),
        (503, b'{"error": "QUERY_LIMIT_EXCEEDED"}', 0.0),
        (503, b"<html>", None),
        (429, b'{"error": "OPERATION_TIME_LIMIT"}', 60.0),
        (429, b'{"error": "OPERATION_TIME_LIMIT", "time": {"operating_reset_at": 1}}', 1.0),
        (200, b'{"result": {"result": [], "result_error": []}}', None),
        (200, b'{"result": {"result_error": {"p1": {"error": "QUERY_LIMIT_EXCEEDED"}}}}', 0.0),
        (200, b'{"result": {"result_error": {"p1": {"error": "ACCESS_DENIED"}}}}', None),
        (403, b'{"error": "ACCESS_DENIED"}', None),
    ],
)
def test_throttling_is_told_from_other_answers(
    status: int, body: bytes, wait: float | None
) -> None:
    assert throttled(response(status, body)) == wait


def test_only_an_expired_token_is_worth_a_new_one() -> None:
    assert expired(response(401, b'{"error": "expired_token"}'))
    assert not expired(response(401, b'{"error": "NO_AUTH_FOUND"}'))
