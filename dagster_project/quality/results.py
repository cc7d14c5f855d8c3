"""Turn what Great Expectations returns into results that people and publication understand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from dagster_project.quality.checks import Check
from dagster_project.warehouse.verdict import CheckResult

SAMPLE_ROWS = 20


def result_of(check: Check, validation: Any) -> CheckResult:
    """The result of a check from its `ExpectationValidationResult`."""
    error = _error(validation.exception_info)
    if error is not None:
        return broken(check, error)
    found: Mapping[str, Any] = validation.result
    rows = _offending_rows(found)
    count = 0 if validation.success else _unexpected_count(found)
    return CheckResult(
        check.name,
        check.table,
        check.rule,
        check.severity,
        bool(validation.success),
        unexpected_count=count,
        observed=_observed(check, found, count),
        sample=tuple(_as_text(row) for row in rows[:SAMPLE_ROWS]),
    )


def broken(check: Check, error: str) -> CheckResult:
    """The result of a check that could not be carried out."""
    return CheckResult(
        check.name, check.table, check.rule, check.severity, False, error=error.strip() or "unknown"
    )


def presence(check: Check, present: bool) -> CheckResult:
    """The result of looking whether a table is there at all."""
    return CheckResult(
        check.name,
        check.table,
        check.rule,
        check.severity,
        present,
        unexpected_count=0 if present else 1,
        observed="" if present else "There is no such table; its other checks were not run.",
    )


def _error(info: Mapping[str, Any]) -> str | None:
    """The first exception, whether the expectation raised it or one of its metrics did."""
    entries: Iterable[Any] = [info] if "raised_exception" in info else info.values()
    for entry in entries:
        if isinstance(entry, Mapping) and entry.get("raised_exception"):
            message = str(entry.get("exception_message") or "unknown")
            return message.split("\n[SQL:")[0]
    return None


def _offending_rows(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = (found.get("details") or {}).get("unexpected_rows")
    return list(rows or found.get("partial_unexpected_index_list") or ())


def _unexpected_count(found: Mapping[str, Any]) -> int:
    if "unexpected_count" in found:
        return int(found["unexpected_count"])
    if (found.get("details") or {}).get("unexpected_rows") is not None:
        return int(found["observed_value"])
    return 1


def _observed(check: Check, found: Mapping[str, Any], count: int) -> str:
    if check.query is not None or "unexpected_count" in found:
        of = f" of {found['element_count']}" if "element_count" in found else ""
        return f"{count}{of} rows break the rule" if count else ""
    observed = found.get("observed_value")
    agreed = check.arguments.get("column_list")
    if agreed is not None and isinstance(observed, list):
        parts = {
            "missing": [column for column in agreed if column not in observed],
            "not agreed": [column for column in observed if column not in agreed],
        }
        said = [f"{word}: {', '.join(columns)}" for word, columns in parts.items() if columns]
        return "; ".join(said) or ("" if observed == agreed else "the order differs")
    return f"found {observed}"


def _as_text(row: Mapping[str, Any]) -> dict[str, str | None]:
    return {str(column): _value(value) for column, value in row.items()}


def _value(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)
