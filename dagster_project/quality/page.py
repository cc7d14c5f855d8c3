"""The check page of a build: one self-contained HTML file with what was checked and what was found.

It loads nothing from anywhere (its content security policy forbids it), runs no script, and escapes
every value, so a customer's name cannot become markup.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dagster_project.warehouse.candidate import Candidate
from dagster_project.warehouse.verdict import Verdict

_TEMPLATES = Path(__file__).parent / "templates"


def render_page(verdict: Verdict, candidate: Candidate) -> str:
    """Render the check page of a build as HTML."""
    style = (_TEMPLATES / "checks.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return (
        _environment()
        .get_template("checks.html.jinja")
        .render(
            verdict=verdict,
            candidate=candidate,
            style=Markup(style),  # noqa: S704 - our own file, not data
            policy=f"default-src 'none'; style-src 'sha256-{digest}'",
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    environment.filters["count"] = _count
    return environment


def _moment(value: datetime | None) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC" if value else "unknown"


def _count(number: int, noun: str) -> str:
    """`1 check`, `2,345 checks`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
