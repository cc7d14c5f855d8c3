"""What a check is, and where checks come from: suites/*.yml, the tables' contract, thresholds.yml.

A suite file maps a table to its checks; a check's name maps to its `rule`, the sentence people
read, and to one of

    bad_rows: a condition that only wrong rows meet
    query:    a query that returns only wrong rows; `{batch}` stands for the table
    expect:   a Great Expectations class, with its arguments under `with:`

`{name}` in a condition or a query is a limit of thresholds.yml.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from dagster_project.warehouse.verdict import Severity

SUITES_DIR = Path(__file__).parent / "suites"
THRESHOLDS_FILE = Path(__file__).parent / "thresholds.yml"

_SHAPES = ({"bad_rows"}, {"query"}, {"expect", "with"})


@dataclass(frozen=True)
class Check:
    """One check of one table: either `query`, which returns wrong rows, or an expectation.

    `table` is a published table, or `<schema>.<table>` of the warehouse.
    """

    table: str
    name: str
    rule: str
    query: str | None = None
    expect: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    severity: Severity = "critical"


@dataclass(frozen=True)
class Thresholds:
    """What a data engineer may turn: severities by `<table>.<check>`, limits, row counts."""

    severities: dict[str, Severity]
    limits: dict[str, float]
    row_counts: dict[str, tuple[int, int | None]]

    def row_count(self, table: str) -> tuple[int, int | None]:
        """The fewest and the most rows a table may have (None: no bound)."""
        return self.row_counts.get(table, (0, None))


def read_thresholds(path: Path = THRESHOLDS_FILE) -> Thresholds:
    """Read thresholds.yml.

    Raises:
        ValueError: a severity is neither critical nor warning, or a section is unknown.
    """
    record = yaml.safe_load(path.read_text(encoding="utf-8"))
    unknown = record.keys() - {"severities", "limits", "row_counts"}
    if unknown:
        raise ValueError(f"{path}: unknown section {', '.join(sorted(unknown))}")
    severities = record.get("severities") or {}
    for check, severity in severities.items():
        if severity not in ("critical", "warning"):
            raise ValueError(f"{path}: {check} is {severity!r}; write critical or warning")
    return Thresholds(
        severities,
        record.get("limits") or {},
        {
            table: (bounds.get("min", 0), bounds.get("max"))
            for table, bounds in (record.get("row_counts") or {}).items()
        },
    )


def read_suites(thresholds: Thresholds, folder: Path = SUITES_DIR) -> list[Check]:
    """Read all suites, in the order of their files.

    Raises:
        ValueError: a check is not of one of the three shapes, or names an unknown limit; the
            message names the file and the check.
    """
    return [
        check for path in sorted(folder.glob("*.yml")) for check in _read_suite(path, thresholds)
    ]


def _read_suite(path: Path, thresholds: Thresholds) -> Iterator[Check]:
    for table, checks in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items():
        for name, record in checks.items():
            where = f"{path.name}: {table}.{name}"
            if record.keys() - {"rule"} not in _SHAPES or not record.get("rule"):
                raise ValueError(
                    f"{where} needs a rule and one of: bad_rows; query; expect with its `with`"
                )
            query = record.get("query")
            if "bad_rows" in record:
                query = f"select * from {{batch}} where {record['bad_rows']}"
            yield Check(
                table,
                name,
                record["rule"],
                query=_with_limits(query, thresholds, where) if query else None,
                expect=record.get("expect"),
                arguments=record.get("with", {}),
            )


def _with_limits(query: str, thresholds: Thresholds, where: str) -> str:
    try:
        return query.format(batch="{batch}", **thresholds.limits)
    except KeyError as error:
        raise ValueError(f"{where} names {error}, which thresholds.yml does not list") from error
