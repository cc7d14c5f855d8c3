"""Settings are validated once, and their page lists every one of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from dagster_project.dbt_manifest import dbt_vars_argument
from dagster_project.settings import ROOT, Settings, get_settings


def settings_page() -> str:
    rows = [
        f"| `VORONKA_{name.upper()}` | {_shown(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def _shown(default: object) -> str:
    if isinstance(default, Path):
        return f"`{default.relative_to(ROOT)}/`"
    if isinstance(default, tuple):
        return f"`{','.join(map(str, default))}`" if default else ""
    return f"`{default}`"


def test_settings_page_lists_every_setting_with_its_default() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    assert settings_page() in page, (
        f"docs/settings.md is stale; its table should be\n{settings_page()}"
    )


def test_comma_separated_lists_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VORONKA_SOURCES", "demo, files")
    monkeypatch.setenv("VORONKA_FILES_MAPPINGS", "a.yml,b.yml")
    settings = Settings()
    assert settings.sources == ("demo", "files")
    assert settings.files_mappings == (Path("a.yml"), Path("b.yml"))


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("VORONKA_TIME_ZONE", "Moscow", "IANA time zone"),
        ("VORONKA_CURRENCY", "roubles", "currency"),
        ("VORONKA_SOURCES", "files", "VORONKA_FILES_MAPPINGS"),
        ("VORONKA_DEMO_DEALS", "0", "demo_deals"),
        ("VORONKA_SOURCES", "", "VORONKA_SOURCES"),
        ("VORONKA_PLACE_NAMES", "french", "'russian', 'english' or 'as_given'"),
        ("VORONKA_BASKET_UNIT", "week", "'order' or 'customer_day'"),
        ("VORONKA_VARS", "bundle_max_size: 3", "not JSON"),
        ("VORONKA_VARS", '["bundle_max_size"]', "JSON object"),
        ("VORONKA_VARS", '{"bundle_size": 3}', "bundle_size cannot be set here"),
        ("VORONKA_VARS", '{"time_zone": "UTC"}', "time_zone cannot be set here"),
    ],
)
def test_a_wrong_setting_is_named_with_what_to_do(
    variable: str, value: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError, match=named):
        Settings()


def test_settings_reach_every_dbt_run_as_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VORONKA_PLACE_NAMES", "english")
    monkeypatch.setenv("VORONKA_BASKET_UNIT", "customer_day")
    monkeypatch.setenv("VORONKA_CURRENCY", "EUR")
    [flag, variables] = dbt_vars_argument(Settings())
    assert flag == "--vars"
    assert json.loads(variables) == {
        "sources": ["demo"],
        "time_zone": "Europe/Moscow",
        "reporting_currency": "EUR",
        "place_names": "english",
        "basket_unit": "customer_day",
    }


def test_telemetry_is_off_once_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNTIME__DLTHUB_TELEMETRY", raising=False)
    monkeypatch.delenv("DBT_SEND_ANONYMOUS_USAGE_STATS", raising=False)
    get_settings.cache_clear()
    get_settings()
    assert os.environ["RUNTIME__DLTHUB_TELEMETRY"] == "false"
    assert os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"


def test_decisions_of_a_company_reach_dbt_beside_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VORONKA_VARS", '{"bundle_max_size": 3}')
    variables = Settings().dbt_vars()
    assert variables["bundle_max_size"] == 3
    assert variables["sources"] == ["demo"]
