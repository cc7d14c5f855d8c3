"""Finding the files a mapping names and bringing each to the local disk, unpacked.

Local folders are read in place; any other URL goes through fsspec and is copied to the temporary
folder first. Patterns (`*`, `**`) give the files in the order of their names.
"""

from __future__ import annotations

import glob
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fsspec

from dagster_project.sources.files.errors import FileError
from dagster_project.sources.files.mapping import FileSpec, Mapping
from dagster_project.sources.files.unpack import unpacked


@dataclass(frozen=True)
class LocalFile:
    """A file to read. `label` is its path below `base`, with `!entry` in a zip."""

    label: str
    path: Path

    @property
    def suffix(self) -> str:
        return Path(self.label.removesuffix(".gz")).suffix.lower()


def local_files(mapping: Mapping, spec: FileSpec, scratch: Path) -> Iterator[LocalFile]:
    """Every file of a `files:` entry, local and unpacked.

    Raises:
        FileError: a path matches nothing, leads out of `base` by a link, or does not unpack.
    """
    limit = mapping.max_unpacked_mb * 1024 * 1024
    for pattern in spec.path:
        found = False
        for label, path in _matches(mapping.base, pattern, spec, scratch):
            found = True
            for entry, unpacked_path in unpacked(path, label, spec, scratch, limit):
                yield LocalFile(entry, unpacked_path)
        if not found:
            raise FileError(
                f"{pattern}: there is no such file in {mapping.base}; correct `path` or `base`"
            )


def _matches(base: str, pattern: str, spec: FileSpec, scratch: Path) -> Iterator[tuple[str, Path]]:
    if "://" in pattern or ("://" in base and not Path(pattern).is_absolute()):
        url = pattern if "://" in pattern else f"{base.rstrip('/')}/{pattern}"
        yield from _remote(url, spec, scratch)
        return
    absolute = Path(pattern).is_absolute()
    full = pattern if absolute else f"{glob.escape(base)}/{pattern}"
    for match in sorted(glob.glob(full, recursive=True)):  # noqa: PTH207 (takes any pattern)
        path = Path(match)
        if not path.is_file():
            continue
        if not absolute and not path.resolve().is_relative_to(Path(base).resolve()):
            raise FileError(
                f"{pattern}: {path.name} leads out of {base} to {path.resolve()}: refused; "
                "set `base` to the folder that really holds the files"
            )
        yield (match if absolute else str(path.relative_to(base))), path


def _remote(url: str, spec: FileSpec, scratch: Path) -> Iterator[tuple[str, Path]]:
    try:
        filesystem, path = fsspec.core.url_to_fs(url, **spec.storage_options)
        paths = sorted(filesystem.glob(path)) if glob.has_magic(path) else [path]
        for number, one in enumerate(paths):
            if not glob.has_magic(path) and not filesystem.exists(one):
                return
            target = scratch / f"remote_{abs(hash(url))}_{number}"
            with filesystem.open(one, "rb") as origin, target.open("wb") as copy:
                shutil.copyfileobj(origin, copy, 1 << 20)
            yield (url if len(paths) == 1 else filesystem.unstrip_protocol(one)), target
    except (ImportError, OSError, ValueError) as error:
        raise FileError(f"{url}: cannot be read: {error}") from error
