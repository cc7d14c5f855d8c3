"""PHP's ways with parameters, which a batch's commands are written in."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_plus

_REFERENCE = re.compile(r"^\$result((?:\[[^\]]*\])+)$")


def parse_str(query: str) -> dict[str, Any]:
    """`filter[>id]=5&select[]=id` as nested dictionaries and lists."""
    result: dict[str, Any] = {}
    for part in query.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        name = unquote_plus(name)
        head, *rest = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        _put(result, [head, *rest], unquote_plus(value))
    return _lists(result)


def _put(target: dict[str, Any], way: list[str], value: str) -> None:
    key = way[0] or str(len(target))
    if len(way) == 1:
        target[key] = value
    else:
        _put(target.setdefault(key, {}), way[1:], value)


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(item) for key, item in value.items()}


def resolve(value: Any, results: dict[str, Any]) -> Any:
    """References to earlier results in a batch; what they do not find becomes empty."""
    if isinstance(value, dict):
        return {key: resolve(item, results) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, results) for item in value]
    match = _REFERENCE.match(value) if isinstance(value, str) else None
    if match is None:
        return value
    found: Any = results
    for step in re.findall(r"\[([^\]]*)\]", match[1]):
        try:
            found = found[int(step)] if isinstance(found, list) else found[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return ""
    return found
