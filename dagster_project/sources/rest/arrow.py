"""Rows of a JSON API as Arrow tables of text, and what was unexpected about them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from dagster_project.sources.rest.errors import MissingFieldError
from dagster_project.sources.rest.table import EXTRACTED_AT, GONE, Table

Row = Mapping[str, Any]

_MOMENT = pa.timestamp("us", tz="UTC")


def text(value: Any) -> str | None:
    """A JSON value as text: strings as they are, nested values as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Rows:
    """Turns one table's rows into Arrow tables, keeping track of fields nobody declared."""

    def __init__(self, crm: str, table: Table, extracted_at: datetime) -> None:
        self._crm = crm
        self._table = table
        self._extracted_at = extracted_at
        self._must = tuple(dict.fromkeys((*table.key, *table.required)))
        self.undeclared: list[str] = []
        """Fields met beyond the declared ones, in the order they came."""

    def arrow(self, rows: Sequence[Row]) -> pa.Table:
        """The rows as a table of text columns.

        Raises:
            MissingFieldError: a required field is missing, or a key is null.
        """
        self._check(rows)
        known = {*self._table.fields, GONE}
        for row in rows:
            for name in row:
                if name not in known:
                    known.add(name)
                    if name not in self.undeclared:
                        self.undeclared.append(name)
        names = (*self._table.fields, *self.undeclared)
        columns = {
            name: pa.array([text(row.get(name)) for row in rows], pa.string()) for name in names
        }
        columns[EXTRACTED_AT] = pa.array([self._extracted_at] * len(rows), _MOMENT)
        fields = [pa.field(name, pa.string(), name not in self._table.key) for name in names]
        fields.append(pa.field(EXTRACTED_AT, _MOMENT))
        if self._table.owner is not None:
            columns[GONE] = pa.array([bool(row.get(GONE)) for row in rows], pa.bool_())
            fields.append(pa.field(GONE, pa.bool_()))
        return pa.table(columns, schema=pa.schema(fields))

    def _check(self, rows: Sequence[Row]) -> None:
        for name in self._must:
            for row in rows:
                if name not in row or (row[name] is None and name in self._table.key):
                    shown = ", ".join(f"{key}={row.get(key)!r}" for key in self._table.key)
                    raise MissingFieldError(
                        f"{self._crm}: {self._table.name} has a row ({shown}) without the required"
                        f" field `{name}`. Either the CRM's API changed, or the account no longer"
                        " lets this user read it; nothing was loaded"
                    )
