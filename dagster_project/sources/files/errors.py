"""The errors a mapping can end in: what is wrong, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MappingError(ValueError):
    """The mapping itself is wrong: nothing was read. The message names file, entity and column."""


class FileError(ValueError):
    """A file the mapping names cannot be read at all. The message names it and what to do."""


class TooManyRejectedError(ValueError):
    """More rows were rejected than the mapping allows: nothing was loaded."""


def close_matches(word: str, known: Iterable[str]) -> list[str]:
    """The names that may have been meant, whatever their case; most alike first."""
    folded = {one.casefold(): one for one in known}
    return [folded[one] for one in get_close_matches(word.casefold(), folded, n=3, cutoff=0.6)]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A half sentence that helps with a misspelt name: the close matches, or else every name."""
    names = sorted(set(known))
    close = close_matches(word, names)
    if close:
        return "did you mean " + " or ".join(f"`{one}`" for one in close) + "?"
    return "there is: " + ", ".join(f"`{one}`" for one in names) if names else "there is none"
