"""A canonical company as a portal: what Bitrix24 holds of it, and its rows there.

`native` says in canonical terms what is left of a company in Bitrix24 (ids of its own, no stage
authors, no spend, no orders without a deal); `fill` writes that into a portal.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.fakes.bitrix24.portal import FakePortal
from tests.fakes.company import Company

LOST_REASON, LOST_COMMENT, COMPETITOR = "ufCrm_100", "ufCrm_101", "ufCrm_102"
ADDRESS_TYPES = {"legal_address": 6, "delivery_address": 11, "actual_address": 1}
_KINDS = {"meeting": "1", "call": "2", "task": "3", "email": "4"}
_INVOICE_STAGES = {"open": "DT31_5:N", "paid": "DT31_5:P"}


def native(company: Company, zone: Any, url: str) -> Company:
    """The company as Bitrix24 can hold it, still in canonical columns and with its native ids."""
    held = Company()
    categories = {
        row["pipeline_id"]: "0" if at == 0 else row["pipeline_id"]
        for at, row in enumerate(company["pipelines"])
    }
    stages = _stage_ids(company, categories)
    kinds = {row["customer_id"]: row["kind"] for row in company["customers"]}
    live = {row["deal_id"] for row in company["deals"] if not row["is_deleted"]}
    used = {row["campaign_id"] for row in company["deals"] if row["deal_id"] in live}
    names = {row["campaign_id"]: row["name"] for row in company["campaigns"]}

    def customer(one: str | None) -> str | None:
        if one is None:
            return None
        return f"{'company' if kinds[one] == 'company' else 'contact'}:{one}"

    for row in company["pipelines"]:
        held.add("pipelines", **row | {"pipeline_id": categories[row["pipeline_id"]]})
    for row in company["stages"]:
        held.add(
            "stages",
            **row
            | {
                "pipeline_id": categories[row["pipeline_id"]],
                "stage_id": stages[row["stage_id"]],
            },
        )
    for row in company["deals"]:
        if row["deal_id"] not in live:
            continue
        held.add(
            "deals",
            **row
            | {
                "pipeline_id": categories[row["pipeline_id"]],
                "stage_id": stages[row["stage_id"]],
                "customer_id": customer(row["customer_id"]),
                "campaign_id": names.get(row["campaign_id"]),
                # The portal keeps no empty amount: it writes 0.
                "amount": row["amount"] if row["amount"] is not None else Decimal(0),
                "is_deleted": False,
                "url": f"{url}crm/deal/details/{row['deal_id']}/",
            },
        )
    for row in company["stage_events"]:
        if row["deal_id"] in live:
            held.add(
                "stage_events",
                **row
                | {
                    "pipeline_id": categories[row["pipeline_id"]],
                    "stage_id": stages[row["stage_id"]],
                    "moved_by": None,
                    "manager_id": None,
                },
            )
    held.tables["managers"] = [dict(row) for row in company["managers"]]
    for row in company["customers"]:
        basis = row["geo_basis"]
        if basis is not None and basis not in ADDRESS_TYPES:
            basis = "actual_address"
        held.add(
            "customers", **row | {"customer_id": customer(row["customer_id"]), "geo_basis": basis}
        )
    held.tables["products"] = [dict(row) for row in company["products"]]
    _hold_lines(company, held, live, customer)
    _hold_documents(company, held, live, zone)
    held.tables["activities"] = [
        dict(row) for row in company["activities"] if row["deal_id"] in live
    ]
    for row in company["campaigns"]:
        if row["campaign_id"] in used:
            held.add("campaigns", **row | {"campaign_id": row["name"]})
    held.tables["lost_reasons"] = [row | {"category": None} for row in company["lost_reasons"]]
    return held


def _stage_ids(company: Company, categories: dict[str, str]) -> dict[str, str]:
    ids = {}
    for pipeline, category in categories.items():
        prefix = "" if category == "0" else f"C{category}:"
        of_pipeline = [row for row in company["stages"] if row["pipeline_id"] == pipeline]
        for at, row in enumerate(sorted(of_pipeline, key=lambda row: row["position"])):
            code = {"won": "WON", "lost": "LOSE"}.get(row["kind"], f"S{at}" if at else "NEW")
            ids[row["stage_id"]] = prefix + code
    return ids


def _hold_lines(company: Company, held: Company, live: set[str], customer: Any) -> None:
    """Lines of deals only, no returns; the deal is the order, and its win the order's moment."""
    deals = {row["deal_id"]: row for row in company["deals"]}
    number = 0
    for row in company["order_lines"]:
        if row["deal_id"] not in live or row["is_return"]:
            continue
        number += 1
        deal = deals[row["deal_id"]]
        held.add(
            "order_lines",
            **row
            | {
                "order_id": row["deal_id"],
                "line_id": str(number),
                "customer_id": customer(deal["customer_id"]),
                "currency": deal["currency"],
                "ordered_at": deal["closed_at"] if deal["outcome"] == "won" else None,
            },
        )


def _hold_documents(company: Company, held: Company, live: set[str], zone: Any) -> None:
    for row in company["documents"]:
        if row["deal_id"] not in live or row["kind"] not in ("proposal", "invoice"):
            continue
        name = "quote" if row["kind"] == "proposal" else "invoice"
        due = _day(row["due_at"], zone) if row["due_at"] else None
        held.add(
            "documents",
            **row
            | {
                "document_id": f"{name}:{row['document_id']}",
                "sent_at": None,
                "due_at": due,
                "status": "paid" if row["paid_at"] else "open",
            },
        )


def _day(moment: datetime, zone: Any) -> datetime:
    """The beginning of a moment's day in the portal's zone (dates are written so), naive UTC."""
    local = moment.replace(tzinfo=UTC).astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(UTC).replace(tzinfo=None)


def fill(portal: FakePortal, held: Company, as_of: datetime) -> None:
    """Write what `native` left into the portal's own tables."""
    _fill_dictionaries(portal, held)
    _fill_customers(portal, held)
    _fill_products(portal, held)
    _fill_deals(portal, held)
    _fill_documents(portal, held)
    for row in held["activities"]:
        happened = row["happened_at"].replace(tzinfo=UTC)
        portal.rows["activities"].put(
            {
                "ID": row["activity_id"],
                "OWNER_ID": row["deal_id"],
                "OWNER_TYPE_ID": "2",
                "TYPE_ID": _KINDS[row["kind"]],
                "PROVIDER_ID": "",
                "CREATED": portal.moment(min(happened, as_of - timedelta(days=1))),
                "LAST_UPDATED": portal.moment(min(happened, as_of - timedelta(days=1))),
                "START_TIME": portal.moment(happened),
                "DEADLINE": portal.moment(happened),
                "RESPONSIBLE_ID": row["manager_id"],
                "SUBJECT": "Разговор",
            }
        )


def _fill_dictionaries(portal: FakePortal, held: Company) -> None:
    number = 100
    for at, row in enumerate(held["pipelines"]):
        category = int(row["pipeline_id"])
        portal.rows["categories"].put(
            {
                "id": category,
                "name": row["name"],
                "sort": 100 * (at + 1),
                "entityTypeId": 2,
                "isDefault": "Y" if category == 0 else "N",
            }
        )
    semantics = {"open": None, "won": "S", "lost": "F"}
    entries = [
        (
            "DEAL_STAGE" if row["pipeline_id"] == "0" else f"DEAL_STAGE_{row['pipeline_id']}",
            row["stage_id"],
            row["name"],
            row["position"],
            semantics[row["kind"]],
        )
        for row in held["stages"]
    ]
    entries += [
        ("SMART_INVOICE_STAGE_5", "DT31_5:N", "Новый", 10, None),
        ("SMART_INVOICE_STAGE_5", "DT31_5:P", "Оплачен", 20, "S"),
        ("SMART_INVOICE_STAGE_5", "DT31_5:D", "Не оплачен", 30, "F"),
        ("QUOTE_STATUS", "SENT", "Отправлено", 10, None),
        ("QUOTE_STATUS", "APPROVED", "Принято", 20, "S"),
    ]
    sources = sorted({row["lead_source"] for row in held["deals"] if row["lead_source"]})
    entries += [("SOURCE", f"SRC{at}", name, at, None) for at, name in enumerate(sources)]
    for entity, status, name, sort, meaning in entries:
        number += 1
        portal.rows["statuses"].put(
            {
                "ID": str(number),
                "ENTITY_ID": entity,
                "STATUS_ID": status,
                "NAME": name,
                "NAME_INIT": "",
                "SORT": str(sort),
                "SYSTEM": "N",
                "CATEGORY_ID": None,
                "COLOR": "#39A8EF",
                "SEMANTICS": meaning,
                "EXTRA": {"SEMANTICS": "process", "COLOR": "#39A8EF"},
            }
        )
    teams = sorted({row["team"] for row in held["managers"]})
    for at, team in enumerate(teams, start=1):
        portal.rows["departments"].put({"ID": str(at), "NAME": team, "SORT": 500, "PARENT": "1"})
    for row in held["managers"]:
        first, _, last = row["name"].partition(" ")
        portal.rows["users"].put(
            {
                "ID": row["manager_id"],
                "ACTIVE": row["is_active"],
                "NAME": first,
                "LAST_NAME": last,
                "EMAIL": f"user{row['manager_id']}@example.com",
                "DATE_REGISTER": "2024-07-15T00:00:00+00:00",
                "IS_ONLINE": "N",
                "UF_DEPARTMENT": [teams.index(row["team"]) + 1],
                "USER_TYPE": "employee",
            }
        )
    portal.fields[2][LOST_REASON] = {
        "type": "enumeration",
        "title": "Причина отказа",
        "isDynamic": True,
        "items": [
            {"ID": row["lost_reason_id"], "VALUE": row["name"]} for row in held["lost_reasons"]
        ],
    }
    portal.fields[2][LOST_COMMENT] = {"type": "string", "title": "Почему", "isDynamic": True}
    portal.fields[2][COMPETITOR] = {"type": "string", "title": "Конкурент", "isDynamic": True}


def _fill_customers(portal: FakePortal, held: Company) -> None:
    for number, row in enumerate(held["customers"], start=1):
        kind, _, own = row["customer_id"].partition(":")
        moment = portal.moment(row["created_at"].replace(tzinfo=UTC))
        item: dict[str, Any] = {"id": int(own), "createdTime": moment, "updatedTime": moment}
        if kind == "company":
            portal.rows["companies"].put(item | {"title": row["name"], "assignedById": 1})
        else:
            last, _, first = row["name"].rpartition(" ")
            phone = [{"id": number, "valueType": "WORK", "value": "+70000000000"}]
            portal.rows["contacts"].put(item | {"name": first, "lastName": last, "fm": phone})
        if row["country"] is None:
            continue
        portal.rows["requisites"].put(
            {
                "ID": str(number),
                "ENTITY_TYPE_ID": "4" if kind == "company" else "3",
                "ENTITY_ID": own,
                "NAME": "Реквизиты",
            }
        )
        portal.rows["addresses"].put(
            {
                "TYPE_ID": str(ADDRESS_TYPES[row["geo_basis"]]),
                "ENTITY_TYPE_ID": "8",
                "ENTITY_ID": str(number),
                "ADDRESS_1": "Ленина 2",
                "ADDRESS_2": "",
                "CITY": row["city"],
                "POSTAL_CODE": "",
                "REGION": "",
                "PROVINCE": row["region"],
                "COUNTRY": row["country"],
                "COUNTRY_CODE": None,
                "LOC_ADDR_ID": str(number),
                "ANCHOR_TYPE_ID": "4" if kind == "company" else "3",
                "ANCHOR_ID": own,
            },
            number,
        )


def _fill_products(portal: FakePortal, held: Company) -> None:
    portal.rows["catalogs"].put({"id": 24, "iblockId": 24, "name": "Каталог товаров CRM"})
    sections = sorted({row["category"] for row in held["products"] if row["category"]})
    for at, name in enumerate(sections, start=1):
        portal.rows["sections"].put({"id": at, "iblockId": 24, "name": name})
    for at, row in enumerate(held["products"], start=1):
        section = sections.index(row["category"]) + 1 if row["category"] else None
        cost = row["unit_cost"]
        portal.rows["products"].put(
            {
                "id": int(row["product_id"]),
                "iblockId": 24,
                "iblockSectionId": section,
                "name": row["name"],
                "code": row["sku"],
                "active": "Y" if row["is_active"] else "N",
                "purchasingPrice": float(cost) if cost is not None else None,
            }
        )
        if row["list_price"] is not None:
            portal.rows["prices"].put(
                {
                    "id": at,
                    "productId": int(row["product_id"]),
                    "catalogGroupId": 1,
                    "price": float(row["list_price"]),
                    "currency": "RUB",
                }
            )


def _fill_deals(portal: FakePortal, held: Company) -> None:
    sources = sorted({row["lead_source"] for row in held["deals"] if row["lead_source"]})
    campaigns = {row["campaign_id"]: row for row in held["campaigns"]}
    for row in held["deals"]:
        put_deal(portal, row, campaigns, sources)
    events = sorted(
        held["stage_events"],
        key=lambda row: (row["entered_at"], int(row["deal_id"]), row["sequence"]),
    )
    semantics = {row["stage_id"]: row["kind"] for row in held["stages"]}
    for number, row in enumerate(events, start=1):
        put_event(portal, number, row, semantics[row["stage_id"]], "deal_stage_history")
    for row in held["order_lines"]:
        put_line(portal, row)


def put_deal(
    portal: FakePortal, row: dict[str, Any], campaigns: dict[str, Any], sources: list[str]
) -> None:
    """One deal, as crm.item.list shows it."""
    kind, _, customer = (row["customer_id"] or ":").partition(":")
    campaign = campaigns.get(row["campaign_id"])
    moved = row["closed_at"] or row["updated_at"]
    source = f"SRC{sources.index(row['lead_source'])}" if row["lead_source"] else None
    portal.rows["deals"].put(
        {
            "id": int(row["deal_id"]),
            "title": f"Сделка {row['deal_id']}",
            "entityTypeId": 2,
            "categoryId": int(row["pipeline_id"]),
            "stageId": row["stage_id"],
            "stageSemanticId": {"open": "P", "won": "S", "lost": "F"}[row["outcome"]],
            "opportunity": float(row["amount"]),
            "isManualOpportunity": "Y",
            "currencyId": row["currency"],
            "companyId": int(customer) if kind == "company" else 0,
            "contactId": int(customer) if kind == "contact" else 0,
            "assignedById": int(row["manager_id"]),
            "sourceId": source,
            "utmSource": campaign["channel"] if campaign else None,
            "utmMedium": campaign["strategy"] if campaign else None,
            "utmCampaign": campaign["name"] if campaign else None,
            "createdTime": portal.moment(row["created_at"].replace(tzinfo=UTC)),
            "updatedTime": portal.moment(row["updated_at"].replace(tzinfo=UTC)),
            "movedTime": portal.moment(moved.replace(tzinfo=UTC)),
            "closed": "N" if row["outcome"] == "open" else "Y",
            "isRecurring": "N",
            LOST_REASON: int(row["lost_reason_id"]) if row["lost_reason_id"] else None,
            LOST_COMMENT: row["lost_comment"],
            COMPETITOR: row["competitor"],
        }
    )


def put_event(
    portal: FakePortal, number: int, row: dict[str, Any], kind: str, history: str
) -> None:
    """One entry of a deal or invoice into a stage, as crm.stagehistory.list shows it."""
    types = {"open": 1 if row["sequence"] == 1 else 2, "won": 3, "lost": 3}
    portal.rows[history].put(
        {
            "ID": number,
            "TYPE_ID": types[kind],
            "OWNER_ID": int(row["deal_id"]),
            "CREATED_TIME": portal.moment(row["entered_at"].replace(tzinfo=UTC)),
            "CATEGORY_ID": int(row["pipeline_id"]),
            "STAGE_SEMANTIC_ID": {"open": "P", "won": "S", "lost": "F"}[kind],
            "STAGE_ID": row["stage_id"],
        }
    )


def put_line(portal: FakePortal, row: dict[str, Any]) -> None:
    """One line of a deal, as crm.item.productrow.list shows it: `price` is after the discount."""
    portal.rows["product_rows"].put(
        {
            "id": int(row["line_id"]),
            "ownerId": int(row["deal_id"]),
            "ownerType": "D",
            "productId": int(row["product_id"]) if row["product_id"] else 0,
            "productName": "Товар",
            "price": float(row["amount"] / row["quantity"]),
            "priceBrutto": float(row["unit_price"]),
            "quantity": float(row["quantity"]),
            "discountTypeId": 1,
            "discountSum": float(row["discount"] / row["quantity"]),
            "taxRate": None,
            "taxIncluded": "Y",
            "sort": 10,
        }
    )


def _fill_documents(portal: FakePortal, held: Company) -> None:
    number = 0
    for row in held["documents"]:
        kind, _, own = row["document_id"].partition(":")
        issued = row["issued_at"].replace(tzinfo=UTC)
        local_day = issued.astimezone(portal.zone).replace(hour=0, minute=0, second=0)
        item = {
            "id": int(own),
            "opportunity": float(row["amount"]) if row["amount"] is not None else 0,
            "currencyId": row["currency"],
            "begindate": local_day.isoformat(),
            "closedate": portal.moment(row["due_at"].replace(tzinfo=UTC))
            if row["due_at"]
            else None,
            "createdTime": portal.moment(issued),
            "updatedTime": portal.moment((row["paid_at"] or row["issued_at"]).replace(tzinfo=UTC)),
        }
        if kind == "quote":
            portal.rows["quotes"].put(item | {"dealId": int(row["deal_id"]), "stageId": "SENT"})
            continue
        portal.rows["invoices"].put(
            item
            | {
                "parentId2": int(row["deal_id"]),
                "categoryId": 5,
                "stageId": _INVOICE_STAGES[row["status"]],
                "movedTime": portal.moment(
                    (row["paid_at"] or row["issued_at"]).replace(tzinfo=UTC)
                ),
            }
        )
        steps = [("DT31_5:N", "open", row["issued_at"])]
        if row["paid_at"]:
            steps.append(("DT31_5:P", "won", row["paid_at"]))
        for sequence, (stage, meaning, moment) in enumerate(steps, start=1):
            number += 1
            event = {
                "deal_id": own,
                "pipeline_id": "5",
                "stage_id": stage,
                "entered_at": moment,
                "sequence": sequence,
            }
            put_event(portal, number, event, meaning, "invoice_stage_history")
