"""The truncation guard: a suspiciously short answer does not replace data."""

from __future__ import annotations

from dagster_project.sources.rest.errors import TruncatedAnswerError

SHRINKS_TO = 0.5
"""A table read in full may shrink to this share of what it held; less is taken for a fault."""

FEW = 20
"""Tables of fewer rows may shrink freely: a company may well drop half of its 6 pipelines."""

UNCOUNTED = 0.01
"""Rows may vanish while a listing is read: it may miss this share of the CRM's own count."""


def check_against_last(crm: str, table: str, rows: int, last: int | None) -> None:
    """Compare a full listing with the one before.

    Raises:
        TruncatedAnswerError: it has shrunk too much.
    """
    if last is not None and last >= FEW and rows < last * SHRINKS_TO:
        raise TruncatedAnswerError(
            f"{crm}: {table} came with {rows} rows after {last} the last time; nothing was loaded."
            " Check the rights of the user the API key belongs to. If so many rows really are gone,"
            f" forget the old count: delete the folder dlt/raw_{crm} in the data folder, run again"
        )


def check_against_total(crm: str, table: str, rows: int, total: int | None) -> None:
    """Compare a listing with how many rows the CRM said there are.

    Raises:
        TruncatedAnswerError: too many are missing.
    """
    if total is not None and rows < total - max(1.0, total * UNCOUNTED):
        raise TruncatedAnswerError(
            f"{crm}: {table} came with {rows} rows, but the CRM counts {total}; nothing was loaded."
            " Run again; if it repeats, paging of this API no longer works as it did"
        )
