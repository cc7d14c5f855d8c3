"""The last step before the network: pace, quota, signature; the first after it: throttling, tokens.

An adapter of `requests`, because that is where every request of dlt's clients passes. Retrying
stays dlt's: the adapter only translates a CRM's way of saying "too fast" into 429 + `Retry-After`.
"""

from __future__ import annotations

import math
from typing import Any

from dlt.sources.helpers.requests import Client, Session
from requests import PreparedRequest, RequestException, Response
from requests.adapters import BaseAdapter, HTTPAdapter

from dagster_project.sources.rest.credentials import Credentials, redacted_logs
from dagster_project.sources.rest.policy import Policy, RateLimiter
from dagster_project.sources.rest.quota import DailyQuota


class PoliteAdapter(HTTPAdapter):
    """Sends a request within the CRM's limits, signed; what comes back holds no secret."""

    def __init__(self, policy: Policy, credentials: Credentials, quota: DailyQuota) -> None:
        super().__init__()
        self._policy = policy
        self._credentials = credentials
        self._quota = quota
        self._limiter = RateLimiter(policy.requests_per_second, policy.burst)

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        response = self._send_signed(request, *args, **kwargs)
        if self._policy.expired(response) and self._credentials.renew():
            response.close()
            response = self._send_signed(request, *args, **kwargs)
        wait = self._policy.throttled(response)
        if wait is not None:
            response.status_code = 429
            if wait > 0:
                response.headers["Retry-After"] = str(math.ceil(wait))
        return response

    def _send_signed(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        self._limiter.acquire()
        self._quota.spend()
        signed = request.copy()
        self._credentials.sign(signed)
        try:
            with redacted_logs(self._credentials.redact):
                response = super().send(signed, *args, **kwargs)
        except RequestException as error:
            # The library's message quotes the URL, and some CRMs keep the secret in it.
            message = self._credentials.redact(str(error))
            raise type(error)(message, request=request) from None
        response.url = request.url or ""
        response.request = request
        return response


def session(policy: Policy, adapter: BaseAdapter) -> Session:
    """A session of dlt's client (its retries, its `Retry-After`) over `adapter`."""
    made = Client(
        raise_for_status=False,
        request_timeout=policy.timeout,
        request_max_attempts=policy.attempts,
        request_backoff_factor=policy.first_wait,
        request_max_retry_delay=policy.longest_wait,
    ).session
    made.mount("http://", adapter)
    made.mount("https://", adapter)
    return made
