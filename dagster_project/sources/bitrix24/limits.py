"""What a portal allows, and how it says that it has had enough.

Two requests a second for ever, 50 at once, counted per IP address (5 and 250 on Enterprise; we stay
with the smaller). Besides, each method has a time budget over ten minutes.
"""

from __future__ import annotations

import time
from typing import Any

from requests import JSONDecodeError, Response

from dagster_project.sources.rest.policy import Policy

_TOO_FAST = {"QUERY_LIMIT_EXCEEDED"}
_TOO_LONG = {"OPERATION_TIME_LIMIT"}
_UNKNOWN_RESET = 60.0


def throttled(response: Response) -> float | None:
    """Seconds to wait, or None. A batch answers 200 with the errors of its commands inside."""
    if response.status_code == 200 and b"result_error" not in response.content:
        return None
    body = _json(response)
    codes = {str(body.get("error"))}
    result = body.get("result")
    if isinstance(result, dict) and isinstance(result.get("result_error"), dict):
        codes |= {str(one.get("error")) for one in result["result_error"].values()}
    if codes & _TOO_LONG:
        return _until_reset(body)
    return 0.0 if codes & _TOO_FAST else None


def expired(response: Response) -> bool:
    """The hour of an OAuth token is over."""
    return response.status_code == 401 and _json(response).get("error") == "expired_token"


def _until_reset(body: dict[str, Any]) -> float:
    reset = (body.get("time") or {}).get("operating_reset_at")
    if not isinstance(reset, int | float):
        return _UNKNOWN_RESET
    return max(1.0, reset - time.time())


def _json(response: Response) -> dict[str, Any]:
    try:
        body = response.json()
    except JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


POLICY = Policy(requests_per_second=2.0, burst=40, throttled=throttled, expired=expired)
