"""Requests per day, counted across runs, so that reports do not eat a company's API quota."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from dagster_project.sources.rest.errors import QuotaExhaustedError


def _today() -> date:
    return datetime.now(UTC).date()


class DailyQuota:
    """Counts requests of a UTC day in `path`; `limit` None counts and never refuses."""

    def __init__(
        self, crm: str, path: Path, limit: int | None, today: Callable[[], date] = _today
    ) -> None:
        self._crm = crm
        self._path = path
        self._limit = limit
        self._today = today

    @property
    def used(self) -> int:
        """Requests made today (UTC)."""
        try:
            counted = json.loads(self._path.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return 0
        return int(counted["requests"]) if counted["day"] == self._today().isoformat() else 0

    def spend(self) -> None:
        """Count one request.

        Raises:
            QuotaExhaustedError: the day's share is used up; nothing was sent.
        """
        used = self.used
        if self._limit is not None and used >= self._limit:
            raise QuotaExhaustedError(
                f"{self._crm}: the {self._limit} requests allowed a day are used up. What was"
                " fetched is kept: run again after midnight UTC to go on, or raise the quota"
            )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps({"day": self._today().isoformat(), "requests": used + 1}))
        fresh.replace(self._path)
