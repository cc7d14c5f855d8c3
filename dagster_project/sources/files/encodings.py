"""Text files in any encoding become UTF-8 for the database, in a stream.

Bytes that are no text in the declared encoding are passed on as a byte that is no UTF-8 either, so
the reader rejects exactly the lines they stand in.
"""

from __future__ import annotations

import codecs
import shutil
from pathlib import Path

from dagster_project.sources.files.errors import FileError

_CHUNK = 1 << 20
_BROKEN = "\udcff"  # comes out of `surrogateescape` as the byte 0xFF, never valid in UTF-8
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _mark_as_broken(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _BROKEN, error.end


codecs.register_error("voronka_broken", _mark_as_broken)


def as_utf8(path: Path, label: str, encoding: str | None, scratch: Path) -> Path:
    """The file in UTF-8 without a byte order mark: itself if it is that already, else a copy.

    Without a declared encoding, a byte order mark decides, and UTF-8 is assumed.

    Raises:
        FileError: there is no encoding of that name.
    """
    with path.open("rb") as file:
        start = file.read(4)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    try:
        declared = codecs.lookup(encoding or marked or "utf-8").name
    except LookupError as error:
        raise FileError(
            f"{label}: {encoding!r} is no encoding; write e.g. utf-8, cp1251, cp1252, utf-16"
        ) from error
    if declared == "utf-8" and marked == "utf-8-sig":
        declared = "utf-8-sig"
    if declared in ("utf-8", "ascii"):
        return path
    target = scratch / f"utf8_{path.name}_{abs(hash(str(path)))}"
    if declared == "utf-8-sig":
        with path.open("rb") as origin, target.open("wb") as copy:
            origin.seek(len(codecs.BOM_UTF8))
            shutil.copyfileobj(origin, copy, _CHUNK)
        return target
    decoder = codecs.getincrementaldecoder(declared)("voronka_broken")
    with path.open("rb") as origin, target.open("wb") as copy:
        while chunk := origin.read(_CHUNK):
            copy.write(decoder.decode(chunk).encode("utf-8", "surrogateescape"))
        copy.write(decoder.decode(b"", final=True).encode("utf-8", "surrogateescape"))
    return target


def likely_encoding(path: Path) -> str | None:
    """What a file that is not UTF-8 may be in, for the error message; None when it is UTF-8."""
    with path.open("rb") as file:
        sample = file.read(_CHUNK)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        cyrillic = sum(byte >= 0xC0 for byte in sample)
        other = sum(0x80 <= byte < 0xC0 for byte in sample)
        return "cp1251" if cyrillic > 4 * other and cyrillic > len(sample) / 20 else "cp1252"
    return None
