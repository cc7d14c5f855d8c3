"""Extraction of a window from a portal.

Deals, customers, quotes, invoices and activities: rows changed in the window. Stage history: rows
written in it (it is never changed). Product rows: those of the changed deals, all of them, because
rows carry no time of change. Dictionaries, users, requisites and products: in full, they are short
or have no usable time of change. Deal ids: all of them, since a deletion leaves no trace but a
missing id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa
from dlt.extract import DltResource, DltSource

from dagster_project.settings import Settings
from dagster_project.sources.base import Window
from dagster_project.sources.bitrix24 import paging, tables
from dagster_project.sources.bitrix24.limits import POLICY
from dagster_project.sources.bitrix24.mapping import Bitrix24Mapping
from dagster_project.sources.bitrix24.paging import BatchAdapter
from dagster_project.sources.bitrix24.portal import Portal, listing
from dagster_project.sources.bitrix24.signature import CRM, sign_in
from dagster_project.sources.rest.arrow import Row
from dagster_project.sources.rest.errors import CrmMappingError
from dagster_project.sources.rest.extraction import Extraction
from dagster_project.sources.rest.mapping import load_crm_mapping
from dagster_project.sources.rest.policy import Policy
from dagster_project.sources.rest.table import GONE, Table

DEAL, CONTACT, COMPANY, QUOTE, INVOICE, REQUISITE = 2, 3, 4, 7, 31, 8


def extract(window: Window, settings: Settings, policy: Policy = POLICY) -> DltSource:
    """The portal's changes in `window`.

    Raises:
        SignInError, CrmMappingError: credentials or the company's mapping are wrong.
    """
    mapping = load_crm_mapping(CRM, Bitrix24Mapping, settings)
    base_url, credentials = sign_in(settings)
    run = Extraction(CRM, base_url, window, settings, policy, credentials, wrap=BatchAdapter)
    return _Resources(run, mapping).source()


class _Resources:
    def __init__(self, run: Extraction, mapping: Bitrix24Mapping) -> None:
        self._run = run
        self._mapping = mapping
        self._portal = Portal(run.base_url, run.session)

    def source(self) -> DltSource:
        run = self._run
        deals = self._items(tables.DEALS, DEAL, self._mapping.deal_fields())
        requisites = run.declared(
            tables.REQUISITES,
            paging.REQUISITE.endpoint({"select": list(tables.REQUISITES.fields)}),
            total=lambda: self._portal.total("crm.requisite.list", {}),
        )
        return run.source(
            [
                run.declared(
                    tables.CATEGORIES,
                    listing("crm.category.list", "categories", {"entityTypeId": DEAL}),
                ),
                run.declared(tables.STATUSES, listing("crm.status.list")),
                run.declared(tables.USERS, paging.USER.endpoint({"ADMIN_MODE": True})),
                run.declared(tables.DEPARTMENTS, listing("department.get")),
                self._items(tables.COMPANIES, COMPANY, self._mapping.customer_fields()),
                self._items(tables.CONTACTS, CONTACT, self._mapping.customer_fields()),
                requisites,
                run.following(tables.ADDRESSES, requisites, self._addresses),
                run.declared(tables.CATALOGS, listing("catalog.catalog.list", "catalogs")),
                run.listed(tables.SECTIONS, lambda: self._of_catalogs(paging.SECTION)),
                run.listed(tables.PRODUCTS, lambda: self._of_catalogs(paging.PRODUCT)),
                run.declared(tables.PRICES, paging.PRICE.endpoint()),
                deals,
                run.following(tables.PRODUCT_ROWS, deals, self._product_rows),
                self._history(tables.DEAL_STAGE_HISTORY, DEAL),
                self._items(tables.QUOTES, QUOTE, {}),
                self._items(tables.INVOICES, INVOICE, {}),
                self._history(tables.INVOICE_STAGE_HISTORY, INVOICE),
                run.declared(tables.ACTIVITIES, self._activities()),
                run.declared(
                    tables.DEAL_IDS,
                    paging.ITEMS.endpoint({"entityTypeId": DEAL, "select": ["id"]}),
                    prepare=lambda row: {"id": row["id"]},
                    total=lambda: self._portal.total(
                        "crm.item.list", {"entityTypeId": DEAL, "select": ["id"]}
                    ),
                ),
                run.listed(tables.FIELD_VALUES, self._field_values),
                run.listed(tables.STAGE_ROLES, self._stage_roles),
                run.listed(tables.PORTAL, self._about),
            ]
        )

    def _items(self, table: Table, entity: int, mapped: dict[str, str]) -> DltResource:
        endpoint = paging.ITEMS.endpoint(
            {"entityTypeId": entity, "select": ["*"]}, self._within("updatedTime")
        )
        return self._run.declared(table, endpoint, prepare=_with_mapped(table, mapped))

    def _history(self, table: Table, entity: int) -> DltResource:
        return self._run.declared(
            table,
            paging.STAGE_HISTORY.endpoint({"entityTypeId": entity}, self._within("CREATED_TIME")),
        )

    def _activities(self) -> Any:
        return paging.ACTIVITY.endpoint(
            {"select": list(tables.ACTIVITIES.fields)},
            {"OWNER_TYPE_ID": DEAL, **self._within("LAST_UPDATED")},
        )

    def _within(self, field: str) -> dict[str, Any]:
        bounds = {f"<{field}": _moment(self._run.until)}
        if self._run.since is not None:
            bounds[f">={field}"] = _moment(self._run.since)
        return bounds

    def _of_catalogs(self, paged: paging.Paged) -> Iterator[Row]:
        catalogs = self._portal.call("catalog.catalog.list")["result"]["catalogs"]
        for catalog in catalogs:
            iblock = {"iblockId": catalog["iblockId"]}
            select = {"select": list(tables.PRODUCTS.fields)} if paged is paging.PRODUCT else {}
            resource = self._run.read(paged.endpoint(select, iblock))
            yield from resource

    def _addresses(self, requisites: pa.Table) -> Iterator[Row]:
        return self._replacing(
            tables.ADDRESSES,
            requisites.column("ID").to_pylist(),
            "crm.address.list",
            "",
            "@ENTITY_ID",
            {"ENTITY_TYPE_ID": REQUISITE},
            lambda owner: {"ENTITY_TYPE_ID": REQUISITE, "ENTITY_ID": owner, "TYPE_ID": 0},
        )

    def _product_rows(self, deals: pa.Table) -> Iterator[Row]:
        return self._replacing(
            tables.PRODUCT_ROWS,
            deals.column("id").to_pylist(),
            "crm.item.productrow.list",
            "productRows",
            "=ownerId",
            {"=ownerType": "D"},
            lambda owner: {"id": f"-{owner}", "ownerId": owner},
        )

    def _replacing(
        self,
        table: Table,
        owners: list[str],
        method: str,
        rows: str,
        owner_filter: str,
        filter_: dict[str, Any],
        nothing: Callable[[str], Row],
    ) -> Iterator[Row]:
        """The owners' present rows; of an owner without any, that its old ones are gone."""
        without = dict.fromkeys(owners)
        for row in self._portal.owned(method, rows, owner_filter, owners, filter_):
            without.pop(str(row[table.owner or ""]), None)
            yield row
        for owner in without:
            yield {**nothing(owner), GONE: True}

    def _field_values(self) -> Iterator[Row]:
        for entity, mapped in (
            (DEAL, self._mapping.deal_fields()),
            (COMPANY, self._mapping.customer_fields()),
            (CONTACT, self._mapping.customer_fields()),
        ):
            if not mapped:
                continue
            fields = self._portal.call("crm.item.fields", {"entityTypeId": entity})
            known = fields["result"]["fields"]
            for role, name in mapped.items():
                if name not in known:
                    raise CrmMappingError(
                        f"{CRM}: the mapping's {role} is field `{name}`, and there is none such on"
                        f" {_NAMES[entity]}; make check SOURCE={CRM} lists them"
                    )
                for item in known[name].get("items") or []:
                    yield {
                        "entity": _NAMES[entity],
                        "role": role,
                        "id": item["ID"],
                        "value": item["VALUE"],
                    }

    def _stage_roles(self) -> Iterable[Row]:
        return [
            {"stage_id": stage, "role": role} for stage, role in self._mapping.stage_roles.items()
        ]

    def _about(self) -> Iterator[Row]:
        reasons = "stages" if self._mapping.lost_reason_from_stages else "none"
        yield {
            "url": self._run.base_url.removesuffix("rest/"),
            "region_in": self._mapping.region_in,
            "lost_reason_from": "field" if self._mapping.lost_reason else reasons,
        }


_NAMES = {DEAL: "deals", COMPANY: "companies", CONTACT: "contacts"}


def _with_mapped(table: Table, mapped: dict[str, str]) -> Callable[[dict[str, Any]], Row]:
    copies = {f"mapped_{role}": field for role, field in mapped.items()}
    missing = [name for name in table.fields if name.startswith("mapped_") and name not in copies]

    def prepare(row: dict[str, Any]) -> Row:
        for name, field in copies.items():
            row[name] = row.get(field)
        for name in missing:
            row[name] = None
        return row

    return prepare


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
