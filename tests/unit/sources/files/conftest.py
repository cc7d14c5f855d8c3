"""A company made of a few small files: tests write exports and a mapping, and get the outcome."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from dagster_project.sources.files.mapping_file import load_mapping
from dagster_project.sources.files.prepare import Prepared, prepared

PIPELINE = {
    "pipelines": {"rows": [{"pipeline_id": "sales", "name": "Sales"}]},
    "stages": {
        "rows": [
            {"stage_id": "new", "name": "New", "position": "1", "kind": "open"},
            {"stage_id": "won", "name": "Won", "position": "2", "kind": "won"},
            {"stage_id": "lost", "name": "Lost", "position": "3", "kind": "lost"},
        ]
    },
}
DEALS = {"deal_id": "id", "outcome": "result"}


class Company:
    """The folder of one company: `write` a file, `map` it, `prepare` or look at the rows."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack

    def write(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        return path

    def map(self, mapping: dict[str, Any], name: str = "company.yml") -> Path:
        """Write a mapping; JSON is YAML. A source is filled in."""
        return self.write(name, json.dumps({"source": "company"} | mapping, ensure_ascii=False))

    def prepare(self, mapping: dict[str, Any]) -> Prepared:
        """Work a mapping out; it stays open until the test ends."""
        return self._stack.enter_context(prepared(load_mapping(self.map(mapping))))

    def table(self, file: Any, **settings: Any) -> list[dict[str, Any]]:
        """A file as the mapping's SQL sees it."""
        result = self.prepare({"files": {"data": file}, "entities": {}} | settings)
        return rows(result, "select * from data order by _row")


def rows(result: Prepared, sql: str) -> list[dict[str, Any]]:
    """The rows of a query as dicts."""
    cursor = result.space.connection.execute(sql)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def rejects(result: Prepared) -> list[tuple[Any, ...]]:
    """Entity, file, line, column and value of everything rejected."""
    return result.space.connection.execute(
        "select entity, file, line, column_name, value from _quarantine order by all"
    ).fetchall()


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with ExitStack() as stack:
        yield Company(tmp_path / "company", stack)


@pytest.fixture
def deals(company: Company) -> Callable[..., Prepared]:
    """A company of one deals file: `deals(csv text, columns)` maps it and works it out."""

    def prepare(text: str, columns: dict[str, Any] | None = None, **settings: Any) -> Prepared:
        company.write("deals.csv", text)
        entity = {"file": "deals", "columns": DEALS | (columns or {})}
        entity |= settings.pop("entity", {})
        return company.prepare(
            {
                "currency": "USD",
                "max_rejected_share": "1",
                "files": {"deals": "deals.csv"},
                "entities": PIPELINE | {"deals": entity} | settings.pop("entities", {}),
            }
            | settings
        )

    return prepare
