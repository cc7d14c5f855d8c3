"""`make check SOURCE=bitrix24`: sign in, look around, load nothing."""

from __future__ import annotations

from typing import Any

from dagster_project.settings import Settings
from dagster_project.sources.base import CheckReport
from dagster_project.sources.bitrix24.extract import COMPANY, CONTACT, DEAL, INVOICE, QUOTE
from dagster_project.sources.bitrix24.limits import POLICY
from dagster_project.sources.bitrix24.mapping import Bitrix24Mapping
from dagster_project.sources.bitrix24.portal import Portal
from dagster_project.sources.bitrix24.signature import CRM, sign_in
from dagster_project.sources.rest.errors import CrmError
from dagster_project.sources.rest.mapping import load_crm_mapping, mapping_path
from dagster_project.sources.rest.policy import Policy
from dagster_project.sources.rest.quota import DailyQuota
from dagster_project.sources.rest.transport import PoliteAdapter, session

SCOPES = ("crm", "user", "department", "catalog")
"""Rights a key needs; `user` may also be user_basic or user_brief."""

_COUNTED: dict[str, tuple[str, dict[str, Any]]] = {
    "deals": ("crm.item.list", {"entityTypeId": DEAL}),
    "companies": ("crm.item.list", {"entityTypeId": COMPANY}),
    "contacts": ("crm.item.list", {"entityTypeId": CONTACT}),
    "quotes": ("crm.item.list", {"entityTypeId": QUOTE}),
    "invoices": ("crm.item.list", {"entityTypeId": INVOICE}),
    "stage history": ("crm.stagehistory.list", {"entityTypeId": DEAL}),
    "activities": ("crm.activity.list", {"filter": {"OWNER_TYPE_ID": DEAL}}),
    "requisites": ("crm.requisite.list", {}),
    "users": ("user.get", {}),
}


def check(settings: Settings, policy: Policy = POLICY) -> CheckReport:
    """What the portal would give, and what stands in the way.

    Raises:
        SignInError, CrmMappingError: credentials or the company's mapping are wrong.
        CrmError: the portal refused to say who we are.
    """
    mapping = load_crm_mapping(CRM, Bitrix24Mapping, settings)
    base_url, credentials = sign_in(settings)
    quota = DailyQuota(CRM, settings.data_dir / "quota" / f"{CRM}.json", policy.requests_per_day)
    portal = Portal(base_url, session(policy, PoliteAdapter(policy, credentials, quota)))
    user = portal.call("user.current")["result"]
    is_admin = portal.call("user.admin")["result"]
    problems = _missing_scopes(portal)
    if not is_admin:
        problems.append(
            "the key's owner is no administrator: rows this employee may not read are silently"
            " absent from every list. Make the webhook as an administrator"
        )
    counts: dict[str, int] = {}
    for entity, (method, body) in _COUNTED.items():
        try:
            counts[entity] = portal.total(method, body)
        except CrmError as error:
            problems.append(f"{entity} cannot be read: {error}")
    if counts.get("deals") == 0:
        problems.append("no deal can be seen: an empty account, or no right to read deals")
    to_map = []
    for name, kind in (("deals", DEAL), ("companies", COMPANY), ("contacts", CONTACT)):
        fields = portal.call("crm.item.fields", {"entityTypeId": kind})["result"]["fields"]
        to_map += [
            (name, field, str(about.get("title", "")), str(about.get("type", "")))
            for field, about in fields.items()
            if field.startswith("ufCrm")
        ]
        wanted = mapping.deal_fields() if kind == DEAL else mapping.customer_fields()
        problems += [
            f"the mapping's {role} is `{field}`: {name} have no such field"
            for role, field in wanted.items()
            if field not in fields
        ]
    return CheckReport(
        account={
            "portal": base_url.removesuffix("rest/"),
            "user": f"{user.get('NAME', '')} {user.get('LAST_NAME', '')} (id {user['ID']})".strip(),
            "administrator": "yes" if is_admin else "no",
            "mapping": str(mapping_path(CRM, settings)),
            "requests today": str(quota.used),
        },
        counts=counts,
        problems=tuple(problems),
        to_map=tuple(to_map),
        not_measurable=_not_measurable(mapping, counts),
    )


def _missing_scopes(portal: Portal) -> list[str]:
    granted = set(portal.call("scope")["result"])
    if granted & {"user_basic", "user_brief"}:
        granted.add("user")
    return [
        f"the key lacks the right `{scope}`: add it to the webhook's permissions"
        for scope in SCOPES
        if scope not in granted
    ]


def _not_measurable(mapping: Bitrix24Mapping, counts: dict[str, int]) -> tuple[str, ...]:
    lacks = ["who moved a deal: Bitrix24's stage history has no user; the deal's owner stands in"]
    if not mapping.lost_reason and not mapping.lost_reason_from_stages:
        lacks.append(
            "why deals are lost: map `lost_reason` to a deal field, or set"
            " `lost_reason_from_stages: true`"
        )
    if not counts.get("invoices"):
        lacks.append("why signed deals do not pay: the portal has no invoices")
    if mapping.region_in == "requisites" and not counts.get("requisites"):
        lacks.append("regions: no requisites with addresses; map `region` to a field")
    lacks.append("cost per lead, CAC, ROMI: spend cannot be read by API; give it by files")
    return tuple(lacks)
