"""Files that must be whole on disk before anybody is pointed to them."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from pathlib import Path


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_in(folder: Path) -> dict[str, Path]:
    """Every file below a folder by its path relative to it, in alphabetical order."""
    found = (path for path in folder.rglob("*") if not path.is_dir())
    return {path.relative_to(folder).as_posix(): path for path in sorted(found)}


def write_whole(path: Path, content: str) -> None:
    """Write a text file so that a reader sees either all of it or none of it."""
    aside = path.with_name(path.name + ".tmp")
    aside.write_text(content, encoding="utf-8")
    sync(aside)
    aside.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def freeze(folder: Path) -> None:
    """Sync everything below a folder and make it read only; the folder itself stays movable."""
    for path in folder.rglob("*"):
        if not path.is_dir():
            sync(path)
            path.chmod(0o444)
    for path in folder.rglob("*"):
        if path.is_dir():
            sync(path)
            path.chmod(0o555)
    sync(folder)


def remove_tree(folder: Path) -> None:
    """Remove a folder, read only or not; a folder that is not there is fine."""
    if not folder.exists():
        return
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(path.stat().st_mode | stat.S_IRWXU)
    shutil.rmtree(folder)
