"""The mapping file: how one company's exports become the canonical entities.

One YAML file per source, read by `mapping_file.load_mapping`. These models check all that can be
checked without the data; whether there is such a column and an expression makes sense is checked in
`expressions`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from dagster_project.sources.canonical import ENTITIES
from dagster_project.sources.files.errors import did_you_mean

Scalar = str | bool | None
"""The mapping file's values stay as they are written: `010` and 19 digits are text."""

Format = Literal["csv", "lines", "json", "jsonl", "xlsx", "parquet"]

MAPPED_ENTITIES = tuple(name for name in ENTITIES if name != "source_capabilities")
"""What a mapping may map; the capabilities are derived from it."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str | dict) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class FileSpec(_Part):
    """Where a table of text comes from: one file, several, or a pattern; and how it is written."""

    path: Texts = Field(min_length=1)
    format: Format | None = None
    """Told by the file's name when absent; `lines` is one text column `line`."""
    member: str | None = None
    """Which entry of a zip: a name or a pattern; not needed when it holds one file."""
    encoding: str | None = None
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    quote: str = Field('"', max_length=1)
    header: bool = True
    columns: tuple[str, ...] = ()
    """Names of the columns, for a file without a header."""
    skip_rows: int = Field(0, ge=0)
    null_values: Texts = ()
    sheet: str | None = None
    records: str | None = None
    """Where the list of records is inside a JSON document, for example `result.items`."""
    storage_options: dict[str, Any] = {}


def _as_file(value: object) -> object:
    return {"path": value} if isinstance(value, str | list) else value


File = Annotated[FileSpec, BeforeValidator(_as_file)]


class ColumnSpec(_Part):
    """One canonical column: a file's column, a SQL expression or a constant, and how to read it."""

    column: str | None = None
    sql: str | None = None
    value: Scalar = None
    map: str | None = None
    format: Texts = ()
    default: Scalar = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> ColumnSpec:
        given = self.model_fields_set & {"column", "sql", "value"}
        if len(given) != 1:
            raise ValueError("name exactly one of `column`, `sql` and `value`")
        return self


def _as_column(value: object) -> object:
    if isinstance(value, dict | ColumnSpec):
        return value
    key = "sql" if isinstance(value, str) else "value"
    return {key: value}


Column = Annotated[ColumnSpec, BeforeValidator(_as_column)]


class Block(_Part):
    """One way rows of an entity come about: from a file or query, or written out in the mapping."""

    file: str | None = None
    join: str = ""
    where: str = ""
    columns: dict[str, Column] = {}
    rows: tuple[dict[str, Scalar], ...] = ()
    incremental: bool = False
    """The file holds changes, not the complete picture: rows it no longer has are kept."""
    on_duplicate: Literal["reject", "keep_last"] = "reject"

    @model_validator(mode="after")
    def _has_one_origin(self) -> Block:
        if bool(self.file) == bool(self.rows):
            raise ValueError("give either `file` with `columns`, or `rows`")
        if self.file and not self.columns:
            raise ValueError("give `columns`: which column of the file is which of the entity")
        if self.rows and (self.columns or self.join or self.where):
            raise ValueError("`rows` stand alone: no columns, join or where")
        return self

    def mapped_columns(self) -> set[str]:
        return set(self.columns) | {name for row in self.rows for name in row}


Blocks = Annotated[tuple[Block, ...], BeforeValidator(_as_tuple)]


class Mapping(_Part):
    """A whole mapping file."""

    source: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    base: str = "."
    time_zone: str = "UTC"
    currency: str | None = Field(None, pattern="^[A-Z]{3}$")
    decimal_mark: Literal[".", ","] | None = None
    as_of: datetime | None = None
    max_rejected_share: float = Field(0.01, ge=0, le=1)
    max_unpacked_mb: int = Field(20_000, ge=1)
    """A zip or gzip that unpacks to more is refused."""
    files: dict[str, File] = {}
    queries: dict[str, str] = {}
    values: dict[str, dict[str, Scalar]] = {}
    entities: dict[str, Blocks]

    @field_validator("time_zone")
    @classmethod
    def _is_a_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no IANA time zone; write e.g. Europe/Moscow") from error
        return value

    @model_validator(mode="after")
    def _names_are_known(self) -> Mapping:
        problems = [*self._table_problems()]
        for name, blocks in self.entities.items():
            if name not in MAPPED_ENTITIES:
                problems.append(
                    f"entities.{name}: no such entity; {did_you_mean(name, MAPPED_ENTITIES)}"
                )
                continue
            for block in blocks:
                problems.extend(f"entities.{name}: {text}" for text in self._problems(name, block))
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _table_problems(self) -> list[str]:
        problems = [
            f"queries.{name}: there is a file of that name; call one of them differently"
            for name in self.queries.keys() & self.files.keys()
        ]
        for name in (*self.files, *self.queries):
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                problems.append(f"{name!r}: call files and queries by small letters, digits and _")
        return problems

    def _problems(self, name: str, block: Block) -> list[str]:
        entity = ENTITIES[name]
        problems = []
        tables = [*self.files, *self.queries]
        if block.file and block.file not in tables:
            problems.append(
                f"file {block.file!r} is not among files and queries; "
                f"{did_you_mean(block.file, tables)}"
            )
        for column in sorted(block.mapped_columns() - set(entity.columns)):
            problems.append(
                f"{column!r} is no column of {name}; {did_you_mean(column, entity.columns)}"
            )
        for column, spec in block.columns.items():
            if spec.map and spec.map not in self.values:
                problems.append(
                    f"columns.{column}: map {spec.map!r} is not among values; "
                    f"{did_you_mean(spec.map, self.values)}"
                )
        if block.incremental and "updated_at" not in block.mapped_columns():
            problems.append(
                "`incremental` needs `updated_at`: which rows changed cannot be told without it"
            )
        return problems

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def as_of_utc(self) -> datetime | None:
        """The mapping's `as_of` in UTC, without a time zone mark; None when it is not given."""
        if self.as_of is None:
            return None
        local = self.as_of if self.as_of.tzinfo else self.as_of.replace(tzinfo=self.zone)
        return local.astimezone(UTC).replace(tzinfo=None)
