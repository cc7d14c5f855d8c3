"""The fake portal's answers have the shape of those in Bitrix24's documentation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.bitrix24 import Bitrix24
from tests.fakes.company import small_company
from tests.fakes.server import Request

LISTS: dict[str, tuple[str, dict[str, Any]]] = {
    "crm__crm-stage-history-list__200": ("crm.stagehistory.list", {"entityTypeId": 2}),
    "crm__status__crm-status-list__200": ("crm.status.list", {}),
    "crm__universal__category__crm-category-list__200": ("crm.category.list", {"entityTypeId": 2}),
    "crm__universal__product-rows__crm-item-productrow-list__200": (
        "crm.item.productrow.list",
        {"filter": {"=ownerType": "D", "=ownerId": [1, 2, 3]}},
    ),
    "crm__requisites__addresses__crm-address-list__200": ("crm.address.list", {}),
    "crm__requisites__universal__crm-requisite-list__200": ("crm.requisite.list", {}),
    "crm__timeline__activities__activity-base__crm-activity-list__200": ("crm.activity.list", {}),
    "catalog__product__catalog-product-list__200": (
        "catalog.product.list",
        {"filter": {"iblockId": 24}, "select": ["id", "iblockId"]},
    ),
    "departments__department-get__200": ("department.get", {}),
    "user__user-get__200": ("user.get", {}),
}


@pytest.fixture(scope="module")
def samples(real_data: Path) -> Path:
    folder = real_data / "api_samples" / "bitrix24"
    if not folder.exists():
        pytest.skip(f"the documentation's answers are not at {folder}")
    return folder


@pytest.fixture(scope="module")
def crm() -> Bitrix24:
    made = Bitrix24()
    made.fill(small_company(130))
    return made


def ask(crm: Bitrix24, method: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    path = f"/rest/1/{crm.portal.webhook}/{method}"
    answer = crm.portal.respond(Request("POST", path, {}, {}, body))
    return answer.status, json.loads(json.dumps(answer.body))


def sample(folder: Path, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return content


def rows_of(result: Any) -> tuple[str | None, list[dict[str, Any]]]:
    """The rows of a list, and under which name they are."""
    if isinstance(result, list):
        return None, result
    ((name, rows),) = result.items()
    return name, rows


@pytest.mark.parametrize("name", LISTS)
def test_list_has_the_documented_shape(samples: Path, crm: Bitrix24, name: str) -> None:
    documented = sample(samples, name)
    method, body = LISTS[name]
    status, answer = ask(crm, method, body)
    assert status == 200
    assert set(answer) - {"next"} == set(documented) - {"next"}
    assert set(documented["time"]) - {"operating"} <= set(answer["time"])
    ours, theirs = rows_of(answer["result"]), rows_of(documented["result"])
    assert ours[0] == theirs[0]
    known = {field: value for row in theirs[1] for field, value in row.items()}
    for row in ours[1]:
        assert set(row) <= set(known), "a field the documentation does not show"
        for field, value in row.items():
            if value is not None and known[field] is not None:
                assert _kind(value) == _kind(known[field]), field


def test_items_have_the_documented_kinds_of_values(samples: Path, crm: Bitrix24) -> None:
    """The documentation's whole item is a lead; a deal shares most fields with it."""
    documented = sample(samples, "crm__universal__crm-item-get__200")["result"]["item"]
    _, answer = ask(crm, "crm.item.list", {"entityTypeId": 2, "select": ["*"]})
    assert rows_of(answer["result"])[0] == "items"
    shared = 0
    for row in answer["result"]["items"]:
        for field in set(row) & set(documented):
            if row[field] is not None and documented[field] is not None:
                shared += 1
                assert _kind(row[field]) == _kind(documented[field]), field
    assert shared > 500


def test_unknown_filter_field_is_refused_in_the_documented_words(
    samples: Path, crm: Bitrix24
) -> None:
    body = {"entityTypeId": 2, "filter": {"FIELD": 1}}
    status, answer = ask(crm, "crm.item.list", body)
    assert status == 400
    assert answer == sample(samples, "crm__universal__crm-item-list__400_2")


def test_current_user_has_the_documented_shape(samples: Path, crm: Bitrix24) -> None:
    documented = sample(samples, "user__user-current__200")
    _, answer = ask(crm, "user.current", {})
    assert set(answer) == set(documented)
    assert {"ID", "ACTIVE", "NAME", "LAST_NAME"} <= set(answer["result"])


def test_described_fields_have_the_documented_properties(samples: Path, crm: Bitrix24) -> None:
    documented = sample(samples, "crm__universal__crm-item-fields__200")["result"]["fields"]
    _, answer = ask(crm, "crm.item.fields", {"entityTypeId": 2})
    properties = {name for about in documented.values() for name in about}
    for about in answer["result"]["fields"].values():
        assert set(about) - {"items"} <= properties


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    return type(value).__name__
