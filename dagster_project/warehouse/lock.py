"""One writer of the warehouse at a time, across processes.

DuckDB itself refuses a second writer, but only while a connection is open and with a message that
names an executable. This lock covers whole steps (a load, a dbt subprocess) and says who is at
work, on what, since when. The kernel releases it when its holder dies, so a killed run never
leaves it behind.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_POLL_SECONDS = 0.2


class WarehouseLocked(RuntimeError):  # noqa: N818
    """Another process writes to the warehouse; the message says which, since when, what to do."""


@dataclass
class _Held:
    descriptor: int
    process: int
    depth: int


_held: dict[Path, _Held] = {}
_registry = threading.RLock()


@contextmanager
def warehouse_lock(path: Path, purpose: str, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the writer's lock of the warehouse file `path`; `purpose` is what others are told.

    Re-entrant within a process: inside it `writer()` and `load()` take it again at no cost. It
    opens no DuckDB connection, so a dbt subprocess can write while its parent holds it.

    Raises:
        WarehouseLocked: another process still holds it after `wait_seconds`.
    """
    path = path.resolve()
    with _registry:
        held = _held.get(path)
        if held is not None and held.process != os.getpid():  # inherited by a fork, not ours
            os.close(held.descriptor)
            del _held[path]
            held = None
        if held is None:
            held = _Held(_acquire(path, purpose, wait_seconds), os.getpid(), 0)
            _held[path] = held
        held.depth += 1
    try:
        yield
    finally:
        with _registry:
            held.depth -= 1
            if held.depth == 0:
                del _held[path]
                os.ftruncate(held.descriptor, 0)
                os.close(held.descriptor)


def lock_path(path: Path) -> Path:
    """The lock file that stands beside the warehouse file."""
    return path.with_name(path.name + ".lock")


def _acquire(path: Path, purpose: str, wait_seconds: float) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock_path(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = _describe(os.pread(descriptor, 4096, 0))
                os.close(descriptor)
                raise WarehouseLocked(
                    f"{path} is being written by {holder}. One process writes at a time:"
                    " wait until it has finished, or stop it."
                ) from None
            time.sleep(_POLL_SECONDS)
    note = {
        "pid": os.getpid(),
        "user": _user(),
        "host": socket.gethostname(),
        "purpose": purpose,
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(note).encode(), 0)
    return descriptor


def _describe(note: bytes) -> str:
    try:
        holder = json.loads(note)
        return (
            f"process {holder['pid']} of {holder['user']} on {holder['host']}"
            f" ({holder['purpose']}, since {holder['since']})"
        )
    except (ValueError, KeyError, TypeError):
        return "another process that has not said which"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a passwd entry
        return f"uid {os.getuid()}"
