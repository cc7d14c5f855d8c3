"""Unpacking zip and gzip into the temporary folder, within a size, under names of our own.

An entry's name is never used as a path; one that would climb out of a folder, or is a link, is a
sign of a hostile archive and the whole archive is refused.
"""

from __future__ import annotations

import gzip
import itertools
import stat
import zipfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Protocol

from dagster_project.sources.files.errors import FileError
from dagster_project.sources.files.mapping import FileSpec

_CHUNK = 1 << 20
_numbers = itertools.count()


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def unpacked(
    path: Path, label: str, spec: FileSpec, scratch: Path, limit: int
) -> Iterator[tuple[str, Path]]:
    """The file itself, or what is packed in it: (label, local path) each.

    Raises:
        FileError: the archive is broken, hostile, unpacks to more than `limit` bytes, or holds
            several files and the mapping does not say which.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    if magic[:2] == b"\x1f\x8b":
        yield label, _gunzipped(path, label, scratch, limit)
    elif magic == b"PK\x03\x04" and spec.format != "xlsx" and not label.lower().endswith(".xlsx"):
        yield from _unzipped(path, label, spec, scratch, limit)
    else:
        yield label, path


def _gunzipped(path: Path, label: str, scratch: Path, limit: int) -> Path:
    try:
        with gzip.open(path, "rb") as packed:
            return _copied(packed, label, scratch, limit)
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(f"{label}: broken gzip file: {error}") from error


def _unzipped(
    path: Path, label: str, spec: FileSpec, scratch: Path, limit: int
) -> Iterator[tuple[str, Path]]:
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in _chosen(archive, label, spec.member):
                with archive.open(entry) as packed:
                    yield (
                        f"{label}!{entry.filename}",
                        _copied(packed, f"{label}!{entry.filename}", scratch, limit),
                    )
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError) as error:
        raise FileError(f"{label}: cannot be unpacked: {error}") from error


def _chosen(archive: zipfile.ZipFile, label: str, member: str | None) -> list[zipfile.ZipInfo]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    for entry in entries:
        _refuse_if_hostile(entry, label)
    names = ", ".join(entry.filename for entry in entries)
    if member is None:
        if len(entries) == 1:
            return entries
        raise FileError(f"{label}: holds several files; say which with `member`: {names}")
    chosen = [entry for entry in entries if fnmatch(entry.filename, member)]
    if not chosen:
        raise FileError(f"{label}: no entry is named {member!r}; it holds: {names}")
    return sorted(chosen, key=lambda entry: entry.filename)


def _refuse_if_hostile(entry: zipfile.ZipInfo, label: str) -> None:
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
        raise FileError(f"{label}: entry {entry.filename!r} leads out of its folder: refused")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise FileError(f"{label}: entry {entry.filename!r} is a link: refused")


def _copied(packed: _Readable, label: str, scratch: Path, limit: int) -> Path:
    target = scratch / f"unpacked_{next(_numbers)}"
    written = 0
    with target.open("wb") as copy:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > limit:
                raise FileError(
                    f"{label}: unpacks to more than {limit // _CHUNK} MB: refused; "
                    "if that is right, raise `max_unpacked_mb`"
                )
            copy.write(chunk)
    return target
