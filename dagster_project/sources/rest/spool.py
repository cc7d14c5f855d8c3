"""Answers of an extraction that is not finished, kept on disk, so that a killed run goes on.

Paging is a chain of requests each of which follows from the answer before: a run that begins again
with the same window asks the same questions, and those already answered are answered from here. So
no source needs to know how to resume. Once an extraction is complete its spool is thrown away: the
same window asked again, say tomorrow, is asked anew.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

_STARTED = "started_at"


class Spool:
    """The answers so far to one window's questions. Personal data: readable by its owner only."""

    def __init__(self, folder: Path, window: str, longest: timedelta = timedelta(hours=24)) -> None:
        """`window` names the extraction; an older spool than `longest` is not gone on with."""
        self._root = folder
        self._folder = folder / hashlib.sha256(window.encode()).hexdigest()[:16]
        self._longest = longest
        self._closed = False
        self.hits = 0

    def open(self, now: datetime) -> datetime:
        """Begin, or go on; returns when the extraction first began. Other windows' spools go."""
        started = self._read_start()
        resumed = started is not None and now - self._longest <= started <= now
        if self._root.exists():
            for other in self._root.iterdir():
                if other != self._folder or not resumed:
                    shutil.rmtree(other, ignore_errors=True)
        if started is not None and resumed:
            return started
        self._folder.mkdir(parents=True, mode=0o700)
        self._write(self._folder / _STARTED, now.astimezone(UTC).isoformat().encode())
        return now

    def close(self) -> None:
        """The extraction is complete: forget the answers, and keep no more."""
        self._closed = True
        shutil.rmtree(self._folder, ignore_errors=True)

    def get(self, key: str) -> bytes | None:
        """The answer kept under `key`."""
        try:
            answer = gzip.decompress((self._folder / key).read_bytes())
        except FileNotFoundError:
            return None
        self.hits += 1
        return answer

    def put(self, key: str, answer: bytes) -> None:
        """Keep an answer; whole or not at all, whenever the process dies."""
        if not self._closed:
            self._write(self._folder / key, gzip.compress(answer, compresslevel=1))

    def _read_start(self) -> datetime | None:
        try:
            return datetime.fromisoformat((self._folder / _STARTED).read_text())
        except (FileNotFoundError, ValueError):
            return None

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        fresh = path.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.replace(path)


class SpoolAdapter(BaseAdapter):
    """Answers from the spool what it holds; asks `inner` the rest and keeps what succeeds."""

    def __init__(self, inner: BaseAdapter, spool: Spool) -> None:
        super().__init__()
        self._inner = inner
        self._spool = spool

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        key = _key(request)
        kept = self._spool.get(key)
        if kept is not None:
            return answer(request, kept)
        response = self._inner.send(request, *args, **kwargs)
        if response.status_code == 200:
            self._spool.put(key, response.content)
        return response

    def close(self) -> None:
        self._inner.close()


def answer(request: PreparedRequest, content: bytes, status: int = 200) -> Response:
    """A response made here, not by a server: JSON `content` with `status`."""
    made = Response()
    made.status_code = status
    made.url = request.url or ""
    made.request = request
    made.headers["Content-Type"] = "application/json; charset=utf-8"
    made.encoding = "utf-8"
    made.raw = BytesIO(content)
    return made


def body_of(request: PreparedRequest) -> bytes:
    """The body as it goes over the wire; empty if there is none."""
    body = request.body
    return body.encode() if isinstance(body, str) else bytes(body or b"")  # type: ignore[arg-type]


def _key(request: PreparedRequest) -> str:
    head = f"{request.method} {request.url}\n".encode()
    return hashlib.sha256(head + body_of(request)).hexdigest()
