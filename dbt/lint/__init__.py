"""What sqlfluff's jinja templater needs instead of dbt: each macro stands for a function call.

`{{ reporting_day('closed_at') }}` is linted as `reporting_day(closed_at)`, and a macro that writes
a query as a short query on its first argument. So lint opens no warehouse and compiles nothing, and
judges what people wrote, not what macros write.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import yaml

_DBT_DIR = Path(__file__).resolve().parent.parent
_VARS = yaml.safe_load((_DBT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
_MACRO = re.compile(r"{%-?\s*macro\s+(\w+)\(.*?%}(.*?){%-?\s*endmacro", re.DOTALL)
_LIST = re.compile(r"return\((\[.*?\])\)")
_JINJA = re.compile(r"{%.*?%}|{#.*?#}", re.DOTALL)

_NEITHER_CALL_NOR_QUERY: dict[str, Callable[..., object]] = {
    "basket_max_size": lambda: _VARS["bundle_max_size"],
    "dictionary_rows": lambda schema: f"select {schema} as meaning",
    "geo_levels": lambda quarter: f"group by {quarter}",
}


def _call_of(name: str) -> Callable[..., str]:
    return lambda *arguments, **_: f"{name}({', '.join(map(str, arguments))})"


def _query_of(name: str) -> Callable[..., str]:
    def query(relation: object = "", *_: object, **__: object) -> str:
        source = relation if str(relation).isidentifier() else name
        return f"select {name} from {source}"

    return query


def _stand_in(name: str, body: str) -> Callable[..., object]:
    if name in _NEITHER_CALL_NOR_QUERY:
        return _NEITHER_CALL_NOR_QUERY[name]
    if literal := _LIST.search(body):
        values = ast.literal_eval(literal.group(1))
        return lambda *_, **__: values
    if _JINJA.sub("", body).lstrip().lower().startswith("select"):
        return _query_of(name)
    return _call_of(name)


def _macros() -> dict[str, Callable[..., object]]:
    texts = (path.read_text(encoding="utf-8") for path in (_DBT_DIR / "macros").rglob("*.sql"))
    return {name: _stand_in(name, body) for text in texts for name, body in _MACRO.findall(text)}


def var(name: str, default: object = None) -> object:
    """The variable's value in dbt_project.yml."""
    return _VARS.get(name, default)


class _CrossDatabaseMacros:
    """dbt's own macros; those named type_* stand where only a type can."""

    def __getattr__(self, name: str) -> Callable[..., str]:
        return (lambda: "string") if name.startswith("type_") else _call_of(name)


dbt = _CrossDatabaseMacros()
globals().update(_macros())
