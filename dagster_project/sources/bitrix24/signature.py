"""Signing in to a portal: an incoming webhook (one employee's rights) or an OAuth application.

Webhook: SOURCES__BITRIX24__WEBHOOK_URL, the whole address the portal shows.
Application: SOURCES__BITRIX24__PORTAL_URL, ..CLIENT_ID, ..CLIENT_SECRET, ..REFRESH_TOKEN. The
portal replaces the refresh token at each renewal, so the newest one is kept in the data folder.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from requests import PreparedRequest

from dagster_project.settings import Settings
from dagster_project.sources.rest.credentials import (
    Credentials,
    TokenStore,
    optional_secret,
    redacted_logs,
    secret,
)
from dagster_project.sources.rest.errors import SignInError

CRM = "bitrix24"
OAUTH_SERVER = "https://oauth.bitrix.info/oauth/token/"
_WEBHOOK = re.compile(r"^(?P<portal>https?://[^/]+)/rest/(?P<key>\d+/[A-Za-z0-9]+)/?$")
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_SECONDS = 30


@dataclass(frozen=True)
class Webhook:
    """`key` is the part of the address that is the secret: user id and code."""

    key: str

    def sign(self, request: PreparedRequest) -> None:
        request.url = (request.url or "").replace("/rest/", f"/rest/{self.key}/", 1)

    def renew(self) -> bool:
        return False

    def redact(self, text: str) -> str:
        return text.replace(self.key, "***")


class Application:
    """An OAuth application: a token of one hour, renewed when the portal says it expired."""

    def __init__(
        self, client_id: str, client_secret: str, refresh_token: str, store: TokenStore, server: str
    ) -> None:
        self._client = {"client_id": client_id, "client_secret": client_secret}
        self._store = store
        self._server = server
        kept = store.read()
        # A refresh token newly given by a person counts more than what grew from an older one.
        grown = kept.get("given") == refresh_token
        self._given = refresh_token
        self._refresh = kept["refresh_token"] if grown else refresh_token
        self._access = kept.get("access_token", "") if grown else ""

    def sign(self, request: PreparedRequest) -> None:
        if not self._access:
            self.renew()
        request.prepare_url(request.url or "", {"auth": self._access})

    def renew(self) -> bool:
        asked = {"grant_type": "refresh_token", "refresh_token": self._refresh, **self._client}
        try:
            with redacted_logs(self.redact):
                answer = requests.get(self._server, params=asked, timeout=_SECONDS)
            tokens = answer.json()
        except requests.JSONDecodeError:
            tokens = {}
        except requests.RequestException as error:
            raise SignInError(
                f"{CRM}: the authorization server does not answer: {self.redact(str(error))}"
            ) from None
        if answer.status_code != 200 or "access_token" not in tokens:
            raise SignInError(
                f"{CRM}: the authorization server refused to renew the token:"
                f" {tokens.get('error', answer.status_code)}. Install the application again and"
                " set SOURCES__BITRIX24__REFRESH_TOKEN anew"
            )
        self._access, self._refresh = tokens["access_token"], tokens["refresh_token"]
        self._store.write(
            {
                "given": self._given,
                "access_token": self._access,
                "refresh_token": self._refresh,
            }
        )
        return True

    def redact(self, text: str) -> str:
        for hidden in (self._access, self._refresh, self._client["client_secret"]):
            text = text.replace(hidden, "***") if hidden else text
        return text


def sign_in(settings: Settings) -> tuple[str, Credentials]:
    """The portal's REST address, without secrets, and how to sign requests to it.

    Raises:
        SignInError: a credential is missing or malformed; the message names its variable.
    """
    webhook = optional_secret(CRM, "webhook_url")
    if webhook is None and optional_secret(CRM, "client_id") is None:
        webhook = secret(CRM, "webhook_url", "the incoming webhook of an administrator")
    if webhook is not None:
        match = _WEBHOOK.match(webhook)
        if match is None:
            raise SignInError(
                f"{CRM}: SOURCES__BITRIX24__WEBHOOK_URL is not a webhook's address; it looks like"
                " https://company.bitrix24.ru/rest/1/abcdef0123456789/"
            )
        return _rest_of(match["portal"]), Webhook(match["key"])
    portal = secret(CRM, "portal_url", "such as https://company.bitrix24.ru")
    application = Application(
        secret(CRM, "client_id", "the application's code"),
        secret(CRM, "client_secret", "the application's key"),
        secret(CRM, "refresh_token", "the token the portal gave the application"),
        TokenStore(settings.data_dir / "tokens" / f"{CRM}.json"),
        optional_secret(CRM, "oauth_url") or OAUTH_SERVER,
    )
    return _rest_of(portal.rstrip("/")), application


def _rest_of(portal: str) -> str:
    parts = urlsplit(portal)
    if parts.scheme != "https" and parts.hostname not in _LOCAL:
        raise SignInError(f"{CRM}: {portal} is not https; the key would travel in the clear")
    return f"{parts.scheme}://{parts.netloc}/rest/"
