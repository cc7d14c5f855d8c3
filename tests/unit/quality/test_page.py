"""The check page says plainly what was found, and data cannot change what the page does."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

from dagster_project.quality.page import render_page
from dagster_project.warehouse.candidate import Candidate
from dagster_project.warehouse.verdict import CheckResult, Verdict

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \"'& {{ 7*7 }}"

CANDIDATE = Candidate("b1", Path("b1"), {"deals": 2951}, datetime.fromisoformat("2026-07-01"))
GOOD = CheckResult("a", "deals", "Every deal is there once.", "critical", True)
BAD = CheckResult(
    "b",
    "deals",
    "Totals agree to the cent.",
    "critical",
    False,
    30,
    "30 rows break the rule",
    tuple({"deal": f"d{i}", HOSTILE: HOSTILE, "note": None} for i in range(20)),
)
WARNING = CheckResult("c", "core.fct_deals", "No amount is below zero.", "warning", False, 1)
BROKEN = CheckResult("d", "deals", "Shares add up.", "warning", False, error=f"no column {HOSTILE}")


class Tags(HTMLParser):
    """Collects the tags and attributes of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(*results: CheckResult) -> str:
    checked_at = datetime.fromisoformat("2026-07-01 02:14")
    return render_page(Verdict("b1", results, checked_at, "sha"), CANDIDATE)


def test_page_of_a_passed_build_says_so() -> None:
    text = Tags(page_of(GOOD, WARNING)).text
    assert "✓ The reports passed 2 checks" in text
    assert "1 warning: worth a look" in text
    assert "2026-07-01 00:00 UTC" in text


def test_page_of_a_failed_build_says_what_stopped_it() -> None:
    text = Tags(page_of(GOOD, BAD, BROKEN)).text
    assert "✕ These reports are not published" in text
    assert "2 checks of 3 stopped them" in text
    assert "First 20 of 30 rows that break the rule" in text
    assert "The check itself could not be run" in text


def test_page_escapes_hostile_values() -> None:
    page = Tags(page_of(BAD, BROKEN))
    assert page.tags.isdisjoint({"script", "img", "iframe", "link", "object"})
    assert not any(name.startswith("on") for name in page.attributes)
    assert page.text.count(HOSTILE) == 1 + 20 + 1, "shown as it is: a heading, its rows, the error"


def test_page_loads_nothing_and_allows_only_its_own_style() -> None:
    page = page_of(GOOD)
    assert not re.search(r"\s(src|href)=|url\(|@import", page)
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert style
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert policy[1].replace("&#39;", "'") == f"default-src 'none'; style-src 'sha256-{digest}'"
