"""Bitrix24 in the conformance suite."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from dlt.extract import DltSource

from dagster_project.settings import Settings
from dagster_project.sources.base import CheckReport, Window
from dagster_project.sources.bitrix24.check import check
from dagster_project.sources.bitrix24.extract import extract
from dagster_project.sources.bitrix24.limits import POLICY
from tests.conformance.adapter import CrmAdapter, Facts
from tests.fakes.bitrix24 import FakePortal, Limits
from tests.fakes.bitrix24.company import COMPETITOR, LOST_COMMENT, LOST_REASON, fill, native
from tests.fakes.company import AS_OF, Company
from tests.fakes.server import UnpluggedError

IMPATIENT = replace(POLICY, requests_per_second=1e6, burst=10**6, first_wait=0.01, longest_wait=3.0)
"""The connector's own policy but for the pace: a fake needs no rest."""


class Bitrix24(CrmAdapter):
    name = "bitrix24"

    def __init__(self) -> None:
        self.portal = FakePortal()
        self.url = "http://127.0.0.1/"
        self._by_token = False
        self._policy = IMPATIENT

    @contextmanager
    def serving(self, patch: Any) -> Iterator[None]:
        with self.portal.served() as url:
            self.url = f"{url}/"
            if self._by_token:
                patch.delenv("SOURCES__BITRIX24__WEBHOOK_URL", raising=False)
                patch.setenv("SOURCES__BITRIX24__PORTAL_URL", url)
                patch.setenv("SOURCES__BITRIX24__CLIENT_ID", "app.1")
                patch.setenv("SOURCES__BITRIX24__CLIENT_SECRET", "clientsecret")
                patch.setenv("SOURCES__BITRIX24__REFRESH_TOKEN", self.portal.refresh_token)
                patch.setenv("SOURCES__BITRIX24__OAUTH_URL", f"{url}/oauth/token/")
            else:
                webhook = f"{url}/rest/1/{self.portal.webhook}/"
                patch.setenv("SOURCES__BITRIX24__WEBHOOK_URL", webhook)
            yield

    def write_mapping(self, folder: Path, held: Company | None = None) -> None:
        roles = {
            row["stage_id"]: row["role"] for row in (held["stages"] if held else []) if row["role"]
        }
        lines = (
            f"lost_reason: {LOST_REASON}",
            f"lost_comment: {LOST_COMMENT}",
            f"competitor: {COMPETITOR}",
            f"stage_roles: {json.dumps(roles)}",
        )
        (folder / "bitrix24.yml").write_text("\n".join(lines))

    def extract(self, window: Window, settings: Settings) -> DltSource:
        return extract(window, settings, self._policy)

    def check(self, settings: Settings) -> CheckReport:
        return check(settings, self._policy)

    def fill(self, company: Company) -> None:
        fill(self.portal, self.held(company), AS_OF)

    def held(self, company: Company) -> Company:
        return native(company, self.portal.zone, self.url)

    def truth(self) -> Facts:
        rows = self.portal.rows
        return {
            "deals": {
                str(row["id"]): (row["stageId"], _number(row["opportunity"]), row["updatedTime"])
                for row in rows["deals"]
            },
            "history": {
                str(row["ID"]): (str(row["OWNER_ID"]), row["STAGE_ID"])
                for row in rows["deal_stage_history"]
            },
            "lines": {
                str(row["id"]): (str(row["ownerId"]), _number(row["price"]))
                for row in rows["product_rows"]
            },
            "invoices": {str(row["id"]): row["stageId"] for row in rows["invoices"]},
            "customers": {
                f"{kind}:{row['id']}": row["updatedTime"]
                for kind in ("companies", "contacts")
                for row in rows[kind]
            },
            "addresses": {row["ENTITY_ID"]: row["CITY"] for row in rows["addresses"]},
            "products": {str(row["id"]): row["name"] for row in rows["products"]},
            "users": {row["ID"]: row["NAME"] for row in rows["users"]},
            "stages": {
                (row["ENTITY_ID"], row["STATUS_ID"]): row["NAME"] for row in rows["statuses"]
            },
        }

    def loaded(self, connection: duckdb.DuckDBPyConnection) -> Facts:
        def rows(sql: str) -> list[tuple[Any, ...]]:
            return connection.execute(sql).fetchall()

        live = (
            "(select id from raw_bitrix24.deal_ids where _extracted_at ="
            " (select max(_extracted_at) from raw_bitrix24.deal_ids))"
        )
        return {
            "deals": {
                one: (stage, float(amount), updated)
                for one, stage, amount, updated in rows(
                    'select id, "stageId", opportunity, "updatedTime" from raw_bitrix24.deals'
                    f" where id in {live}"
                )
            },
            "history": {
                one: (owner, stage)
                for one, owner, stage in rows(
                    'select "ID", "OWNER_ID", "STAGE_ID" from raw_bitrix24.deal_stage_history'
                    f' where "OWNER_ID" in {live}'
                )
            },
            "lines": {
                one: (owner, float(price))
                for one, owner, price in rows(
                    'select id, "ownerId", price from raw_bitrix24.product_rows'
                    f' where "ownerId" in {live}'
                )
            },
            "invoices": dict(rows('select id, "stageId" from raw_bitrix24.invoices')),
            "customers": {
                f"{kind}:{one}": updated
                for kind in ("companies", "contacts")
                for one, updated in rows(f'select id, "updatedTime" from raw_bitrix24.{kind}')
            },
            "addresses": dict(rows('select "ENTITY_ID", "CITY" from raw_bitrix24.addresses')),
            "products": dict(rows("select id, name from raw_bitrix24.products")),
            "users": dict(rows('select "ID", "NAME" from raw_bitrix24.users')),
            "stages": {
                (entity, status): name
                for entity, status, name in rows(
                    'select "ENTITY_ID", "STATUS_ID", "NAME" from raw_bitrix24.statuses'
                )
            },
        }

    def edit(self) -> None:
        deals = self.portal.rows["deals"]
        for row in [row for row in deals if row["id"] % 5 == 0]:
            self._move(row)
            lines = [one["id"] for one in self._lines(row["id"])]
            for line in lines[:1]:
                self.portal.rows["product_rows"].remove(line)
            for line in lines[1:]:
                self.portal.rows["product_rows"][line]["price"] += 1
        address = next(iter(self.portal.rows["addresses"]), None)
        if address is not None:
            address["CITY"] = "Пермь"

    def add_deal(self) -> None:
        deals = self.portal.rows["deals"]
        row = dict(next(iter(deals))) | {"id": max(one["id"] for one in deals) + 1}
        row["createdTime"] = self.portal.moment(self.portal.now())
        deals.put(row)
        self._move(row)

    def delete_deals(self, count: int) -> None:
        for one in sorted(row["id"] for row in self.portal.rows["deals"])[-count:]:
            self._delete(one)

    def touch_all(self) -> None:
        moment = self.portal.moment(AS_OF - timedelta(hours=5))
        for row in self.portal.rows["deals"]:
            row["updatedTime"] = moment

    def hang_after(self, calls: int) -> threading.Event:
        left, reached = calls, threading.Event()

        def hang(method: str, body: dict[str, Any]) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                reached.set()
                time.sleep(0.2)
                raise UnpluggedError

        self.portal.at_call = hang
        return reached

    def recover(self) -> None:
        self.portal.at_call = lambda method, body: None

    def throttle(self) -> None:
        # Four requests a second; and a method's budget is used up by every second batch.
        self._policy = replace(IMPATIENT, first_wait=0.3)
        self.portal.limits = Limits(
            rate=4.0, burst=4.0, seconds_per_call=0.25, budget=14.0, budget_lasts=2.0
        )

    def throttled_calls(self) -> int:
        return self.portal.refused

    def expire_token_every(self, calls: int) -> None:
        self._by_token = True
        self.portal.token_calls = calls

    def set_clock_skew(self, skew: timedelta) -> None:
        self.portal.skew = skew

    def change_while_paging(self) -> None:
        number = 0

        def change(method: str, body: dict[str, Any]) -> None:
            nonlocal number
            if method != "crm.item.list" or str(body.get("entityTypeId")) != "2":
                return
            number += 1
            ids = [row["id"] for row in self.portal.rows["deals"]]
            if number <= 5:
                self._delete(ids[0])  # before the cursor: pages by offset would skip a deal
                self._move(self.portal.rows["deals"][ids[len(ids) // 2]])
                self.add_deal()

        self.portal.at_call = change

    def add_field(self, name: str) -> str:
        for row in self.portal.rows["deals"]:
            row[f"ufCrm_{name}"] = {"value": row["id"]} if row["id"] % 2 else None
        self.edit()
        return f"ufCrm_{name}"

    def drop_required_field(self) -> str:
        for row in self.portal.rows["deals"]:
            row.pop("stageSemanticId", None)
        return "stageSemanticId"

    def truncate_deals(self) -> None:
        self.portal.readable = lambda entity, row: entity != "deals" or row["id"] <= 10

    def calls(self) -> int:
        return len(self.portal.calls)

    def secrets(self) -> tuple[str, ...]:
        return (self.portal.webhook, "clientsecret")

    def _lines(self, deal: int) -> list[dict[str, Any]]:
        return [row for row in self.portal.rows["product_rows"] if row["ownerId"] == deal]

    def _move(self, row: dict[str, Any]) -> None:
        now = self.portal.moment(self.portal.now())
        row |= {"updatedTime": now, "movedTime": now, "opportunity": row["opportunity"] + 1}
        history = self.portal.rows["deal_stage_history"]
        history.put(
            {
                "ID": max((one["ID"] for one in history), default=0) + 1,
                "TYPE_ID": 2,
                "OWNER_ID": row["id"],
                "CREATED_TIME": now,
                "CATEGORY_ID": row["categoryId"],
                "STAGE_SEMANTIC_ID": row["stageSemanticId"],
                "STAGE_ID": row["stageId"],
            }
        )

    def _delete(self, deal: int) -> None:
        self.portal.rows["deals"].remove(deal)
        for line in self._lines(deal):
            self.portal.rows["product_rows"].remove(line["id"])
        history = self.portal.rows["deal_stage_history"]
        for one in [row["ID"] for row in history if row["OWNER_ID"] == deal]:
            history.remove(one)


def _number(value: Any) -> float:
    return float(value)
