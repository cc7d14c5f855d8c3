"""Every path and setting of Voronka, read from the environment (or `.env`) once and validated.

Each field is the environment variable `VORONKA_<FIELD>`; docs/settings.md is made from this class.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
DBT_DIR = ROOT / "dbt"

CommaSeparated = Annotated[tuple[str, ...], NoDecode]
CommaSeparatedPaths = Annotated[tuple[Path, ...], NoDecode]
_VARS_OF_SETTINGS = {
    *("sources", "time_zone", "reporting_currency", "place_names", "basket_unit"),
}


class Settings(BaseSettings):
    """What a company configures; the defaults run the demo CRM."""

    model_config = SettingsConfigDict(
        env_prefix="VORONKA_", env_file=ROOT / ".env", extra="ignore", frozen=True
    )

    data_dir: Path = Field(ROOT / "data", description="Folder for everything the pipeline writes.")
    sources: CommaSeparated = Field(
        ("demo",), description="Source systems to extract, comma separated: demo, files, bitrix24."
    )
    files_mappings: CommaSeparatedPaths = Field(
        (), description="Mapping files of the `files` source, comma separated."
    )
    mappings_dir: Path = Field(
        ROOT / "mappings",
        description="Folder with a mapping file per CRM, `<source>.yml`: which of the company's own"
        " fields hold what the reports need.",
    )
    time_zone: str = Field(
        "Europe/Moscow", description="Reporting time zone: days, months and the nightly schedule."
    )
    currency: str = Field("RUB", pattern="^[A-Z]{3}$", description="Reporting currency (ISO 4217).")
    place_names: Literal["russian", "english", "as_given"] = Field(
        "russian",
        description="Names of the countries, regions and cities we know: russian, english, or"
        " as_given by the source.",
    )
    basket_unit: Literal["order", "customer_day"] = Field(
        "order",
        description="What counts as bought together: the lines of one order (order), or all that a"
        " customer orders on one day (customer_day).",
    )
    vars: str = Field(
        "{}",
        description="Decisions inside the reports that differ from `vars` of dbt/dbt_project.yml,"
        ' as JSON: {"bundle_max_size": 3}.',
    )
    nightly_cron: str = Field("0 2 * * *", description="When the nightly run starts.")
    history_start: date = Field(
        date(2026, 6, 1),
        description="First daily partition: it stands for all earlier changes too; from there on"
        " each day can be extracted again by itself.",
    )
    publications_kept: int = Field(7, ge=1, description="Published versions kept on disk.")
    demo_deals: int = Field(20_000, ge=100, description="Size of the demo company, in deals.")
    demo_seed: int = Field(7, description="Seed of the demo company.")
    demo_as_of: datetime = Field(
        datetime(2026, 7, 1, tzinfo=UTC),
        description="The demo CRM is seen as of this moment (UTC).",
    )

    @field_validator("sources", "files_mappings", mode="before")
    @classmethod
    def _split_on_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("time_zone")
    @classmethod
    def _must_be_a_known_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(
                f"{value!r} is not an IANA time zone; write for example Europe/Moscow"
            ) from error
        return value

    @field_validator("vars")
    @classmethod
    def _must_be_known_vars(cls, value: str) -> str:
        try:
            given = json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"not JSON: {error}") from error
        if not isinstance(given, dict):
            raise ValueError('write a JSON object, for example {"bundle_max_size": 3}')
        project = yaml.safe_load((DBT_DIR / "dbt_project.yml").read_text())
        if unknown := sorted(set(given) - (set(project["vars"]) - _VARS_OF_SETTINGS)):
            raise ValueError(
                f"{', '.join(unknown)} cannot be set here; see `vars` in dbt/dbt_project.yml, of"
                f" which {', '.join(sorted(_VARS_OF_SETTINGS))} are settings of their own"
            )
        return value

    @model_validator(mode="after")
    def _sources_are_complete(self) -> Settings:
        if not self.sources:
            raise ValueError("VORONKA_SOURCES is empty; name at least one source, for example demo")
        if "files" in self.sources and not self.files_mappings:
            raise ValueError(
                "VORONKA_SOURCES names `files`: set VORONKA_FILES_MAPPINGS to its mapping file"
            )
        return self

    @property
    def warehouse_path(self) -> Path:
        return self.data_dir / "warehouse.duckdb"

    @property
    def candidates_dir(self) -> Path:
        return self.data_dir / "candidates"

    @property
    def published_dir(self) -> Path:
        return self.data_dir / "published"

    @property
    def current_link(self) -> Path:
        return self.published_dir / "current"

    @property
    def dlt_dir(self) -> Path:
        return self.data_dir / "dlt"

    def dbt_vars(self) -> dict[str, object]:
        """The variables every dbt invocation gets."""
        decisions: dict[str, object] = json.loads(self.vars)
        return decisions | {
            "sources": list(self.sources),
            "time_zone": self.time_zone,
            "reporting_currency": self.currency,
            "place_names": self.place_names,
            "basket_unit": self.basket_unit,
        }


@cache
def get_settings() -> Settings:
    """Read the settings once per process, after switching every library's telemetry off.

    Raises:
        pydantic.ValidationError: a setting is wrong; the message names it.
    """
    switch_telemetry_off()
    return Settings()


def switch_telemetry_off() -> None:
    """Turn off the telemetry of dlt, dbt and Great Expectations (Dagster's is in dagster.yaml)."""
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
