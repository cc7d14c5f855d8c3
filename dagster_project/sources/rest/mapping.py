"""A company's own choices about a CRM (which field holds what), in one YAML per source.

`<mappings folder>/<source>.yml`. A company without the file gets the CRM's standard fields.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from dagster_project.settings import Settings
from dagster_project.sources.rest.errors import CrmMappingError

ROLES = ("lead", "interested", "proposal", "contract", "payment", "delivery")
"""What a stage can mean to the reports."""


class CrmMapping(BaseModel):
    """Base of every CRM's mapping: a key nobody knows is an error, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=CrmMapping)


def mapping_path(crm: str, settings: Settings) -> Path:
    """Where a CRM's mapping is looked for."""
    return settings.mappings_dir / f"{crm}.yml"


def load_crm_mapping(crm: str, model: type[M], settings: Settings) -> M:
    """The company's mapping, or the standard one if there is no file.

    Raises:
        CrmMappingError: the file says what cannot be; every fault is named with its key.
    """
    path = mapping_path(crm, settings)
    if not path.exists():
        return model()
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CrmMappingError(f"{path}: not a YAML file: {error}") from error
    if document is None:
        return model()
    if not isinstance(document, dict):
        raise CrmMappingError(f"{path}: expected `key: value` lines, see docs/adding_a_crm.md")
    try:
        return model.model_validate(document)
    except ValidationError as error:
        lines = [_line(path, model, one["loc"], one["type"], one["msg"]) for one in error.errors()]
        raise CrmMappingError("\n".join(lines)) from error


def _line(
    path: Path, model: type[BaseModel], loc: tuple[int | str, ...], kind: str, msg: str
) -> str:
    place = ".".join(map(str, loc))
    if kind == "extra_forbidden":
        return f"{path}: {place}: no such setting; there are: {', '.join(model.model_fields)}"
    return f"{path}: {place}: {msg.removeprefix('Value error, ')}"
