"""What a CRM allows its callers, and the pace that stays within it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from requests import Response


def not_throttled(response: Response) -> float | None:
    """Nothing beyond HTTP 429 and 5xx, which dlt's client retries by itself, is throttling."""
    return None


def is_unauthorized(response: Response) -> bool:
    """HTTP 401: the token expired or never was valid."""
    return response.status_code == 401


@dataclass(frozen=True)
class Policy:
    """One CRM's limits.

    `throttled` classifies an answer: seconds to wait before asking again (0: as long as the retry
    thinks best), or None if it is no throttling. It sees answers of any status, so 403s and 200s
    that carry a limit error are recognised too.
    """

    requests_per_second: float
    burst: int = 1
    throttled: Callable[[Response], float | None] = not_throttled
    expired: Callable[[Response], bool] = is_unauthorized
    requests_per_day: int | None = None
    attempts: int = 8
    first_wait: float = 1.0
    longest_wait: float = 900.0
    timeout: float = 90.0


@dataclass
class RateLimiter:
    """A token bucket: `burst` requests at once, `rate` a second for ever. Blocks, never refuses."""

    rate: float
    burst: int
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _tokens: float = field(init=False)
    _seen: float = field(init=False)

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.burst < 1:
            raise ValueError(f"rate {self.rate} and burst {self.burst} must be positive")
        self._tokens = float(self.burst)
        self._seen = self.clock()

    def acquire(self) -> None:
        """Wait until one more request is within the limits."""
        self._refill()
        if self._tokens < 1:
            self.sleep((1 - self._tokens) / self.rate)
            self._refill()
        self._tokens -= 1

    def _refill(self) -> None:
        now = self.clock()
        self._tokens = min(float(self.burst), self._tokens + (now - self._seen) * self.rate)
        self._seen = now
