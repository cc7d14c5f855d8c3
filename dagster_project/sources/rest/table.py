"""A raw table of a CRM: which fields it has, which of them make its key, which must be there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EXTRACTED_AT = "_extracted_at"
"""When the extraction that fetched the row began (UTC)."""

GONE = "_gone"
"""True on a row that only says: the rows of this merge key are no more."""


@dataclass(frozen=True)
class Table:
    """One raw table.

    `fields` are what staging reads: the columns exist even in an empty account. `required` must be
    in every row (the key always must); other fields may be missing, and undeclared ones are loaded
    and reported. `merge` tables are changed by key; `replace` tables are read in full each time.
    `owner` names the field whose rows belong together: a fetched owner's rows replace its old ones.
    `whole` marks a merge table that is listed in full all the same, as ids to find deletions by.
    """

    name: str
    key: tuple[str, ...]
    fields: tuple[str, ...]
    required: tuple[str, ...] = ()
    disposition: Literal["merge", "replace"] = "merge"
    owner: str | None = None
    whole: bool = False

    @property
    def guarded(self) -> bool:
        """Whether each extraction reads all of it, so that a short answer can be told."""
        return self.whole or self.disposition == "replace"

    def __post_init__(self) -> None:
        unknown = {*self.key, *self.required, *filter(None, [self.owner])} - set(self.fields)
        if unknown:
            raise ValueError(f"{self.name}: {sorted(unknown)} are not among its fields")
        if len(set(self.fields)) < len(self.fields):
            raise ValueError(f"{self.name}: a field is declared twice")
