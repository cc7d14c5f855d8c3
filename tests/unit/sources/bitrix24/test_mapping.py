"""A company's mapping and credentials: every fault is named with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.settings import Settings
from dagster_project.sources.bitrix24.mapping import Bitrix24Mapping
from dagster_project.sources.bitrix24.signature import Application, Webhook, sign_in
from dagster_project.sources.rest.credentials import TokenStore
from dagster_project.sources.rest.errors import CrmMappingError, SignInError
from dagster_project.sources.rest.mapping import load_crm_mapping


def load(text: str, folder: Path) -> Bitrix24Mapping:
    (folder / "bitrix24.yml").write_text(text)
    settings = Settings(mappings_dir=folder, sources=("demo",))
    return load_crm_mapping("bitrix24", Bitrix24Mapping, settings)


def test_no_file_means_standard_fields(tmp_path: Path) -> None:
    settings = Settings(mappings_dir=tmp_path, sources=("demo",))
    mapping = load_crm_mapping("bitrix24", Bitrix24Mapping, settings)
    assert mapping.deal_fields() == {}
    assert mapping.region_in == "requisites"


def test_mapped_fields_are_asked_of_the_right_entity(tmp_path: Path) -> None:
    mapping = load(
        "lost_reason: ufCrm_1\nregion_in: customer\nregion: ufCrm_2\nstage_roles: {NEW: lead}\n",
        tmp_path,
    )
    assert mapping.deal_fields() == {"lost_reason": "ufCrm_1"}
    assert mapping.customer_fields() == {"region": "ufCrm_2"}
    assert mapping.stage_roles == {"NEW": "lead"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lost_raeson: ufCrm_1", r"bitrix24.yml: lost_raeson: no such setting; there are: .*lost_"),
        ("lost_reason: UF_CRM_1", r"lost_reason: UF_CRM_1 is the old spelling"),
        ("stage_roles: {NEW: leed}", r"stage_roles: NEW: 'leed' is no role; one of lead, "),
        ("region: ufCrm_2", r"only with `region_in: customer\|deal`"),
        ("region_in: deal", r"`region_in: deal` needs `region`"),
        ("lost_reason: ufCrm_1\nlost_reason_from_stages: true", r"not both"),
        ("- a", r"expected `key: value` lines"),
        ("a: [", r"not a YAML file"),
    ],
)
def test_wrong_mapping_is_named(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(CrmMappingError, match=said):
        load(text, tmp_path)


def test_missing_credentials_name_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCES__BITRIX24__WEBHOOK_URL", raising=False)
    with pytest.raises(SignInError, match="set SOURCES__BITRIX24__WEBHOOK_URL in the environment"):
        sign_in(Settings(data_dir=tmp_path, sources=("demo",)))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://a.bitrix24.ru/", "is not a webhook's address"),
        ("http://a.bitrix24.ru/rest/1/abc123/", "is not https"),
    ],
)
def test_wrong_webhook_is_refused_without_showing_it(
    url: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__BITRIX24__WEBHOOK_URL", url)
    with pytest.raises(SignInError, match=said) as error:
        sign_in(Settings(data_dir=tmp_path, sources=("demo",)))
    assert "abc123" not in str(error.value)


def test_webhooks_key_is_no_part_of_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__BITRIX24__WEBHOOK_URL", "https://a.bitrix24.ru/rest/1/abc123/")
    assert sign_in(Settings(data_dir=tmp_path, sources=("demo",))) == (
        "https://a.bitrix24.ru/rest/",
        Webhook("1/abc123"),
    )


def test_refresh_token_newly_given_counts_more_than_the_kept_one(tmp_path: Path) -> None:
    store = TokenStore(tmp_path / "tokens.json")
    store.write({"given": "first", "access_token": "access", "refresh_token": "grown"})
    assert (tmp_path / "tokens.json").stat().st_mode & 0o077 == 0
    grown = Application("id", "hidden", "first", store, "https://oauth.example/")
    anew = Application("id", "hidden", "second", store, "https://oauth.example/")
    assert grown.redact("access grown hidden") == "*** *** ***"
    assert anew.redact("access grown second") == "access grown ***"
