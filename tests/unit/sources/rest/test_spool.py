"""The spool: what a killed extraction had been told is not asked again, and not told too long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from requests import PreparedRequest, Request, Response
from requests.adapters import BaseAdapter

from dagster_project.sources.rest.spool import Spool, SpoolAdapter, answer

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


class Counting(BaseAdapter):
    """Answers with the number of the question; `status` as set."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.status = 200

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        self.asked += 1
        return answer(request, str(self.asked).encode(), self.status)

    def close(self) -> None:
        pass


def question(page: int) -> PreparedRequest:
    return Request("POST", "https://crm.example/list", json={"page": page}).prepare()


def test_spool_answers_only_the_same_question_again(tmp_path: Path) -> None:
    inner = Counting()
    spool = Spool(tmp_path, "window")
    spool.open(NOW)
    adapter = SpoolAdapter(inner, spool)
    assert [adapter.send(question(page)).text for page in (1, 2, 1, 3)] == ["1", "2", "1", "3"]
    assert inner.asked == 3


def test_failures_are_not_kept(tmp_path: Path) -> None:
    inner = Counting()
    spool = Spool(tmp_path, "window")
    spool.open(NOW)
    adapter = SpoolAdapter(inner, spool)
    inner.status = 503
    assert adapter.send(question(1)).status_code == 503
    inner.status = 200
    assert adapter.send(question(1)).text == "2"


def test_resumed_extraction_keeps_the_moment_it_first_began(tmp_path: Path) -> None:
    assert Spool(tmp_path, "window").open(NOW) == NOW
    assert Spool(tmp_path, "window").open(NOW + timedelta(hours=3)) == NOW


def test_old_spool_and_other_windows_are_thrown_away(tmp_path: Path) -> None:
    first = Spool(tmp_path, "monday")
    first.open(NOW)
    first.put("a", b"old")
    second = Spool(tmp_path, "tuesday")
    second.open(NOW)
    assert first.get("a") is None, "one unfinished extraction at a time"
    second.put("a", b"old")
    later = NOW + timedelta(hours=25)
    assert Spool(tmp_path, "tuesday").open(later) == later
    assert second.get("a") is None


def test_finished_extraction_leaves_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", "window")
    spool.open(NOW)
    spool.put("a", b"answer")
    spool.close()
    spool.put("b", b"late")
    assert not list((tmp_path / "spool").iterdir())


def test_answers_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", "window")
    spool.open(NOW)
    (folder,) = (tmp_path / "spool").iterdir()
    assert folder.stat().st_mode & 0o077 == 0
