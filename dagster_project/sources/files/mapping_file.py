"""Reading a mapping file: YAML in, a checked `Mapping` or an error a person can act on out."""

from __future__ import annotations

import os
import re
from collections.abc import Hashable
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from dagster_project.sources.files.errors import MappingError
from dagster_project.sources.files.mapping import Mapping

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}")


class _Loader(yaml.SafeLoader):
    """YAML in which values stay text: `no`, `010` and `1.10` are what they look like.

    Only `true`, `false` and `null` mean something; a key given twice is an error, not the last one.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} is given twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(?:null|~|)$"), ["n", "~", ""])


def load_mapping(path: Path, environment: MappingType[str, str] | None = None) -> Mapping:
    """Read and check a mapping file; `${NAME}` and `${NAME:-default}` come from the environment.

    Raises:
        MappingError: it is missing, no YAML, or says what cannot be; names what and where.
    """
    variables = os.environ if environment is None else environment
    try:
        document = yaml.load(path.read_text(encoding="utf-8-sig"), _Loader)  # noqa: S506 (it is a SafeLoader)
    except FileNotFoundError as error:
        raise MappingError(f"{path}: no such mapping file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: not a YAML file: {error}") from error
    if not isinstance(document, dict):
        raise MappingError(f"{path}: a mapping has `source:`, `files:` and `entities:` on top")
    for key in ("base", "files", "time_zone", "as_of"):
        if key in document:
            document[key] = _expanded(document[key], variables, f"{path}: {key}")
    document.setdefault("base", ".")
    document["base"] = _anchored(str(document["base"]), path.parent)
    try:
        return Mapping.model_validate(document)
    except ValidationError as error:
        raise MappingError(_readable(path, error)) from error


def _anchored(base: str, folder: Path) -> str:
    return base if "://" in base else str((folder / base).absolute())


def _expanded(value: Any, variables: MappingType[str, str], where: str) -> Any:
    if isinstance(value, dict):
        return {key: _expanded(item, variables, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [_expanded(item, variables, where) for item in value]
    if not isinstance(value, str):
        return value

    def replacement(match: re.Match[str]) -> str:
        found = variables.get(match["name"], match["default"])
        if found is None:
            raise MappingError(
                f"{where}: environment variable {match['name']} is not set: set it, "
                f"or write ${{{match['name']}:-default}}"
            )
        return found

    return _VARIABLE.sub(replacement, value)


def _readable(path: Path, error: ValidationError) -> str:
    lines = []
    for item in error.errors():
        place = ".".join(str(step) for step in item["loc"] if step != "function-before")
        for text in item["msg"].removeprefix("Value error, ").splitlines():
            hint = text
            if item["type"] == "extra_forbidden":
                hint = "no such setting; see docs/files.md for the ones there are"
            lines.append(f"{path}: {place + ': ' if place else ''}{hint}")
    return "\n".join(lines)
