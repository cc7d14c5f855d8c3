"""Secrets: where they come from, how a request is signed with them, and that nobody reads them.

A secret is read from the environment or from dlt's secrets (`sources.<crm>.<name>`, that is the
variable `SOURCES__<CRM>__<NAME>`), put on a request at the last moment, below everything that
logs, and taken off again before an answer or an error is handed up.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import dlt
from requests import PreparedRequest

from dagster_project.sources.rest.errors import SignInError


class Credentials(Protocol):
    """How requests to one CRM are signed."""

    def sign(self, request: PreparedRequest) -> None:
        """Put the secret on this copy of a request."""

    def renew(self) -> bool:
        """Get a new token after an expired one; False if there is nothing to renew."""

    def redact(self, text: str) -> str:
        """`text` without secrets."""


@contextmanager
def redacted_logs(redact: Callable[[str], str]) -> Iterator[None]:
    """While a signed request is under way, the HTTP library's own log shows no secret."""

    def clean(record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return True

    logger = logging.getLogger("urllib3.connectionpool")
    logger.addFilter(clean)
    try:
        yield
    finally:
        logger.removeFilter(clean)


def secret(crm: str, name: str, purpose: str) -> str:
    """A secret that must be there.

    Raises:
        SignInError: it is not set; the message names the variable.
    """
    value = optional_secret(crm, name)
    if value is None:
        raise SignInError(
            f"{crm}: set {variable(crm, name)} in the environment (or"
            f" sources.{crm}.{name} in dlt's secrets): {purpose}"
        )
    return value


def optional_secret(crm: str, name: str) -> str | None:
    """A secret, or None where it is not set."""
    # Asked of the providers one by one: what dlt.secrets itself looks up, dlt writes into the trace
    # of the next run, on disk.
    for provider in dlt.secrets.config_providers:
        value, _ = provider.get_value(name, str, "", "sources", crm)
        if value:
            return str(value).strip() or None
    return None


def variable(crm: str, name: str) -> str:
    """The environment variable of a secret."""
    return f"SOURCES__{crm.upper()}__{name.upper()}"


class TokenStore:
    """Tokens a CRM replaces at each renewal, kept between runs, readable by their owner only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, str]:
        """The tokens last stored; empty if none."""
        try:
            stored: dict[str, str] = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        return stored

    def write(self, tokens: dict[str, str]) -> None:
        """Replace the stored tokens."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(tokens))
        fresh.replace(self._path)
