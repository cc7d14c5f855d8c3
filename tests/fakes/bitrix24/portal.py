"""The portal: its rows, its rights, its limits, its answers.

From the REST documentation: pages of 50; `start` >= 0 counts `total` and gives `next`, `start=-1`
gives neither (`total` is 0); a batch of at most 50 commands answers 200 whatever its commands did;
more requests than the bucket holds get 503 QUERY_LIMIT_EXCEEDED; a method over its time budget 429
OPERATION_TIME_LIMIT; rows the user may not read are left out without a word.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from typing import Any

from tests.fakes.bitrix24.php import parse_str, resolve
from tests.fakes.bitrix24.rows import PAGE, FilterError, Row, Rows
from tests.fakes.server import Answer, Request, serving

ENTITIES = {2: "deals", 3: "contacts", 4: "companies", 7: "quotes", 31: "invoices"}
HISTORIES = {2: "deal_stage_history", 31: "invoice_stage_history"}
_ITEM_LISTS = {
    "catalog.product.list": ("products", "products"),
    "catalog.price.list": ("prices", "prices"),
    "catalog.section.list": ("sections", "sections"),
    "catalog.catalog.list": ("catalogs", "catalogs"),
}
_PLAIN_LISTS = {
    "crm.activity.list": "activities",
    "crm.requisite.list": "requisites",
    "crm.address.list": "addresses",
    "crm.status.list": "statuses",
    "department.get": "departments",
}


@dataclass
class Limits:
    """The portal's bucket (holds `burst`, leaks `rate` a second) and time budget per method."""

    rate: float = 10_000.0
    burst: float = 10_000.0
    seconds_per_call: float = 0.0
    budget: float = 480.0
    budget_lasts: float = 600.0


class RefusedError(Exception):
    """An error answer."""

    def __init__(self, status: int, error: str, description: str = "", **more: Any) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, "error_description": description, **more}


@dataclass
class FakePortal:
    """A portal's state. `rows` are the company; `at_call` is run before each method."""

    limits: Limits = field(default_factory=Limits)
    is_admin: bool = True
    scopes: tuple[str, ...] = ("crm", "user", "department", "catalog")
    skew: timedelta = timedelta(0)
    zone: timezone = timezone(timedelta(hours=3))
    readable: Callable[[str, Row], bool] = lambda entity, row: True
    at_call: Callable[[str, dict[str, Any]], None] = lambda method, body: None
    webhook: str = field(default_factory=lambda: secrets.token_hex(8))
    calls: list[tuple[float, str]] = field(default_factory=list)
    """HTTP requests: when (monotonic seconds), and the method."""
    refused: int = 0
    """Calls refused as too fast or too long."""
    token_calls: int | None = None
    """An OAuth token expires after this many calls."""

    def __post_init__(self) -> None:
        self.rows: dict[str, Rows] = {
            **{name: Rows("id") for name in (*ENTITIES.values(), "products", "prices", "sections")},
            **{name: Rows("ID") for name in (*HISTORIES.values(), "activities", "requisites")},
            "users": Rows("ID"),
            "departments": Rows("ID"),
            "statuses": Rows("ID"),
            "categories": Rows("id"),
            "catalogs": Rows("id"),
            "product_rows": Rows("id", index="ownerId"),
            "addresses": Rows("", index="ENTITY_ID"),
        }
        self.fields: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
        """The company's own fields by entity type, as crm.item.fields describes them."""
        self._lock = threading.Lock()
        self._bucket = 0.0
        self._leaked = time.monotonic()
        self._operating: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._tokens: dict[str, int] = {}
        self.refresh_token = secrets.token_hex(16)

    @contextmanager
    def served(self) -> Iterator[str]:
        """The portal on a local port; yields its address."""
        with serving(self.respond) as url:
            yield url

    def now(self) -> datetime:
        """The portal's own clock, in its own zone."""
        return (datetime.now(UTC) + self.skew).astimezone(self.zone)

    def moment(self, moment: datetime) -> str:
        """A moment as the portal writes it."""
        return moment.astimezone(self.zone).isoformat(timespec="seconds")

    def respond(self, request: Request) -> Answer:
        """Answer one HTTP request."""
        with self._lock:
            if request.path.startswith("/oauth/"):
                return self._renewed(request)
            method = request.path.rstrip("/").rsplit("/", 1)[-1]
            self.calls.append((time.monotonic(), method))
            try:
                self._authorize(request)
                self._fill_bucket()
                if method == "batch":
                    return Answer(
                        {"result": self._batch(request.body), "time": self._time("batch")}
                    )
                return Answer(self._call(method, request.body))
            except RefusedError as refused:
                return Answer(refused.body, refused.status)

    def _authorize(self, request: Request) -> None:
        parts = request.path.strip("/").split("/")
        if len(parts) == 4 and parts[:3] == ["rest", "1", self.webhook]:
            return
        token = request.query.get("auth", "")
        if len(parts) == 2 and token in self._tokens:
            if self._tokens[token] <= 0:
                raise RefusedError(401, "expired_token", "The access token provided has expired.")
            self._tokens[token] -= 1
            return
        raise RefusedError(401, "NO_AUTH_FOUND", "Wrong authorization data")

    def _renewed(self, request: Request) -> Answer:
        if request.query.get("refresh_token") != self.refresh_token:
            return Answer({"error": "invalid_grant", "error_description": ""}, 400)
        token = secrets.token_hex(16)
        self._tokens[token] = self.token_calls if self.token_calls is not None else 10**9
        self.refresh_token = secrets.token_hex(16)
        return Answer(
            {
                "access_token": token,
                "refresh_token": self.refresh_token,
                "expires_in": 3600,
                "scope": ",".join(self.scopes),
            }
        )

    def _fill_bucket(self) -> None:
        now = time.monotonic()
        self._bucket = max(0.0, self._bucket - (now - self._leaked) * self.limits.rate)
        self._leaked = now
        if self._bucket + 1 > self.limits.burst:
            self.refused += 1
            raise RefusedError(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")
        self._bucket += 1

    def _operate(self, method: str) -> None:
        now = time.time()
        spent = [one for one in self._operating[method] if one[0] > now]
        if sum(seconds for _, seconds in spent) > self.limits.budget:
            self.refused += 1
            raise RefusedError(
                429,
                "OPERATION_TIME_LIMIT",
                "Method is blocked due to operation time limit.",
                time={"operating_reset_at": int(spent[0][0]) + 1},
            )
        if self.limits.seconds_per_call:
            spent.append((now + self.limits.budget_lasts, self.limits.seconds_per_call))
        self._operating[method] = spent

    def _time(self, method: str) -> dict[str, Any]:
        spent = self._operating[method]
        moment = self.now()
        return {
            "start": moment.timestamp(),
            "finish": moment.timestamp(),
            "duration": 0.0,
            "processing": 0.0,
            "date_start": moment.isoformat(timespec="seconds"),
            "date_finish": moment.isoformat(timespec="seconds"),
            "operating_reset_at": int(spent[0][0]) if spent else int(time.time()) + 600,
            "operating": sum(seconds for _, seconds in spent),
        }

    def _batch(self, body: dict[str, Any]) -> dict[str, Any]:
        commands = body.get("cmd") or {}
        if isinstance(commands, list):
            commands = {str(at): command for at, command in enumerate(commands)}
        results: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        totals: dict[str, Any] = {}
        nexts: dict[str, Any] = {}
        times: dict[str, Any] = {}
        for at, (name, command) in enumerate(commands.items()):
            method, _, query = command.partition("?")
            try:
                if at >= 50:
                    raise RefusedError(400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length")
                if method == "batch":
                    raise RefusedError(405, "ERROR_BATCH_METHOD_NOT_ALLOWED")
                answer = self._call(method, resolve(parse_str(query), results))
            except RefusedError as refused:
                errors[name] = refused.body
                if str(body.get("halt")) in ("1", "True"):
                    break
                continue
            results[name] = answer["result"]
            times[name] = answer["time"]
            if "total" in answer:
                totals[name] = answer["total"]
            if "next" in answer:
                nexts[name] = answer["next"]
        # PHP writes an empty dictionary as an empty list.
        return {
            "result": results or [],
            "result_error": errors or [],
            "result_total": totals or [],
            "result_next": nexts or [],
            "result_time": times or [],
        }

    def _call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        self.at_call(method, body)
        self._operate(method)
        answer = self._answer(method, body)
        answer["time"] = self._time(method)
        return answer

    def _answer(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        self._check_scope(method)
        if method in ("crm.item.list", "crm.item.fields", "crm.stagehistory.list"):
            kind = _entity(body, HISTORIES if "history" in method else ENTITIES)
            if method == "crm.item.fields":
                return {"result": {"fields": self._described(kind)}}
            names = HISTORIES if "history" in method else ENTITIES
            return self._list(names[kind], body, "items")
        if method in _ITEM_LISTS:
            name, key = _ITEM_LISTS[method]
            if method == "catalog.product.list" and "iblockId" not in body.get("filter", {}):
                raise RefusedError(400, "200040300010", "Required filter fields: iblockId")
            return self._list(name, body, key)
        if method in _PLAIN_LISTS:
            return self._list(_PLAIN_LISTS[method], body)
        if method == "crm.item.productrow.list":
            given = body.get("filter", {})
            if "=ownerType" not in given or "=ownerId" not in given:
                raise RefusedError(400, "REQUIRED_ARG_MISSING", "Required filter is missing")
            return self._list("product_rows", body, "productRows")
        if method == "crm.category.list":
            return self._list("categories", {**body, "start": 0}, "categories")
        if method == "user.get":
            order = {body.get("sort", "ID"): body.get("order", "ASC")}
            filter_ = body.get("FILTER") or body.get("filter") or {}
            return self._list(
                "users", {"filter": filter_, "order": order, "start": body.get("start", 0)}
            )
        if method == "user.current":
            return {"result": next(iter(self.rows["users"]))}
        if method == "user.admin":
            return {"result": self.is_admin}
        if method == "scope":
            return {"result": list(self.scopes)}
        raise RefusedError(404, "ERROR_METHOD_NOT_FOUND", "Method not found!")

    def _check_scope(self, method: str) -> None:
        needed = method.split(".")[0]
        if needed in ("crm", "department", "catalog") and needed not in self.scopes:
            raise RefusedError(
                403,
                "insufficient_scope",
                "The request requires higher privileges than provided by the webhook token",
            )

    def _list(self, name: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        start = int(body.get("start") or 0)
        rows = self.rows[name]
        may_read = self.readable
        try:
            found = rows.select(
                body.get("filter") or {},
                body.get("order") or {},
                lambda row: may_read(name, row),
            )
            if start == -1:
                page, answer = list(islice(found, PAGE)), {"total": 0}
            else:
                everything = list(found)
                page, answer = everything[start : start + PAGE], {"total": len(everything)}
                if start + PAGE < len(everything):
                    answer["next"] = start + PAGE
        except FilterError as unknown:
            raise RefusedError(
                400,
                "INVALID_ARG_VALUE",
                f"Invalid filter: field '{unknown}' is not allowed in filter",
            ) from unknown
        shown = [_selected(row, body.get("select"), rows.id_field) for row in page]
        result: Any = {key: shown} if key else shown
        return {"result": result, **answer}

    def _described(self, kind: int) -> dict[str, Any]:
        standard = {
            name: {"type": "string", "isRequired": False, "isDynamic": False, "title": name}
            for row in islice(self.rows[ENTITIES[kind]], 1)
            for name in row
            if not name.startswith("ufCrm")
        }
        return {**standard, **self.fields[kind]}


def _entity(body: dict[str, Any], known: dict[int, str]) -> int:
    try:
        kind = int(body["entityTypeId"])
    except (KeyError, ValueError):
        raise RefusedError(
            400, "100", "Could not find value for parameter {entityTypeId}"
        ) from None
    if kind not in known:
        raise RefusedError(400, "ENTITY_TYPE_NOT_SUPPORTED", f"Entity type {kind}")
    return kind


def _selected(row: Row, select: list[str] | None, id_field: str) -> Row:
    if not select or "*" in select:
        return dict(row)
    return {name: value for name, value in row.items() if name in select or name == id_field}
