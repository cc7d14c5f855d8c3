"""The gate's answer about one candidate: what publication demands to see before it switches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Severity = Literal["critical", "warning"]
Label = Literal["passed", "failed", "warning", "check broken"]


@dataclass(frozen=True)
class CheckResult:
    """One check of one table.

    `rule` is the sentence a business reader sees; `observed` what was found, in words; `sample` up
    to 20 offending rows, every value as text; `error` why the check could not be carried out.
    """

    name: str
    table: str
    rule: str
    severity: Severity
    success: bool
    unexpected_count: int = 0
    observed: str = ""
    sample: tuple[dict[str, str | None], ...] = ()
    error: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether this result alone stops the publication: a critical failure, or no answer."""
        return self.error is not None or (not self.success and self.severity == "critical")

    @property
    def label(self) -> Label:
        if self.error is not None:
            return "check broken"
        if self.success:
            return "passed"
        return "failed" if self.severity == "critical" else "warning"


@dataclass(frozen=True)
class Verdict:
    """All results for one build; `candidate_sha256` is the file they are about."""

    build_id: str
    results: tuple[CheckResult, ...]
    checked_at: datetime
    candidate_sha256: str

    @property
    def passed(self) -> bool:
        """Nothing blocks, and something was checked at all."""
        return bool(self.results) and not self.blocking

    @property
    def blocking(self) -> tuple[CheckResult, ...]:
        return tuple(result for result in self.results if result.blocks)

    @property
    def warnings(self) -> tuple[CheckResult, ...]:
        return tuple(result for result in self.results if result.label == "warning")

    @property
    def checks_run(self) -> int:
        return len(self.results)

    @property
    def checks_failed(self) -> int:
        return sum(result.label != "passed" for result in self.results)

    def by_table(self) -> dict[str, tuple[CheckResult, ...]]:
        """Results of each table, tables in alphabetical order."""
        tables: dict[str, list[CheckResult]] = {}
        for result in self.results:
            tables.setdefault(result.table, []).append(result)
        return {table: tuple(tables[table]) for table in sorted(tables)}
