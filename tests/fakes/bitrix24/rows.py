"""The rows of one list method: filters, order, pages."""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]
PAGE = 50

_OPERATOR = re.compile(r"^(>=|<=|!=|!@|>|<|=|@|!|%)?(.+)$")
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\d(T|$)")


class FilterError(Exception):
    """The portal does not know a field of the filter."""


class Rows:
    """Rows by numeric id; `index` names a field by which they can be found quickly."""

    def __init__(self, id_field: str, index: str | None = None) -> None:
        self.id_field = id_field
        self._index_field = index
        self._rows: dict[int, Row] = {}
        self._ids: list[int] = []
        self._index: dict[str, set[int]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return (self._rows[one] for one in self._ids)

    def __getitem__(self, row_id: int) -> Row:
        return self._rows[row_id]

    def __contains__(self, row_id: int) -> bool:
        return row_id in self._rows

    def put(self, row: Row, row_id: int | None = None) -> None:
        """Add or replace a row; `row_id` for rows that have no id of their own."""
        number = int(row[self.id_field]) if row_id is None else row_id
        if number in self._rows:
            self.remove(number)
        self._rows[number] = row
        if self._ids and number < self._ids[-1]:
            bisect.insort(self._ids, number)
        else:
            self._ids.append(number)
        if self._index_field:
            self._index[str(row[self._index_field])].add(number)

    def remove(self, row_id: int) -> None:
        row = self._rows.pop(row_id)
        self._ids.pop(bisect.bisect_left(self._ids, row_id))
        if self._index_field:
            self._index[str(row[self._index_field])].discard(row_id)

    def select(
        self, filter_: dict[str, Any], order: dict[str, str], readable: Callable[[Row], bool]
    ) -> Iterator[Row]:
        """Rows that pass the filter, in order (by id unless said otherwise)."""
        tests = [_condition(key, value) for key, value in filter_.items()]
        candidates = self._candidates(filter_)
        rows = (row for row in candidates if readable(row) and all(test(row) for test in tests))
        by = [(name, way.upper()) for name, way in order.items()]
        if not by or by == [(self.id_field, "ASC")]:
            return iter(rows)
        found = list(rows)
        for name, way in reversed(by):
            found.sort(key=lambda row: _comparable(row.get(name)), reverse=way == "DESC")
        return iter(found)

    def _candidates(self, filter_: dict[str, Any]) -> Iterable[Row]:
        for prefix in ("=", "@", ""):
            wanted = filter_.get(f"{prefix}{self._index_field}")
            if wanted is not None:
                keys = wanted if isinstance(wanted, list) else [wanted]
                ids = sorted(set().union(*(self._index.get(str(key), set()) for key in keys)))
                return (self._rows[one] for one in ids)
        after = filter_.get(f">{self.id_field}")
        at = bisect.bisect_right(self._ids, int(after)) if after not in (None, "") else 0
        return (self._rows[one] for one in self._ids[at:]) if at else iter(self)


def _condition(key: str, wanted: Any) -> Callable[[Row], bool]:
    match = _OPERATOR.match(key)
    assert match
    operator, name = match[1] or "=", match[2]
    if wanted == "":
        return lambda row: True  # an empty condition is none, as many a portal was surprised by
    if isinstance(wanted, list):
        among = {str(one) for one in wanted}
        negated = operator.startswith("!")
        return lambda row: (str(_value(row, name)) in among) != negated
    limit = _comparable(wanted)
    compare: dict[str, Callable[[Any], bool]] = {
        ">": lambda value: value > limit,
        ">=": lambda value: value >= limit,
        "<": lambda value: value < limit,
        "<=": lambda value: value <= limit,
        "=": lambda value: value == limit,
        "!=": lambda value: value != limit,
        "!": lambda value: value != limit,
        "%": lambda value: str(limit[1]) in str(value[1]),
    }
    return lambda row: compare[operator](_comparable(_value(row, name)))


def _value(row: Row, name: str) -> Any:
    if name not in row:
        raise FilterError(name)
    return row[name]


def _comparable(value: Any) -> tuple[int, Any]:
    """Numbers among numbers, moments among moments, text among text."""
    if value is None:
        return (0, 0)
    text = str(value)
    if _MOMENT.match(text):
        moment = datetime.fromisoformat(text)
        return (2, moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    try:
        return (1, float(text))
    except ValueError:
        return (3, text)
