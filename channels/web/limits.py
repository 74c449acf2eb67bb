"""How much one caller may ask: a token bucket for each key, in memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A burst that refills."""

    burst: int
    """Requests at once."""
    per_minute: float
    """Requests that come back each minute."""


class RateLimiter:
    """One bucket for each key; the least recently used are dropped, a dropped one is full again."""

    def __init__(self, rate: Rate, *, max_keys: int = 10_000) -> None:
        self._rate = rate
        self._max_keys = max_keys
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, key: str, now: float) -> float:
        """Return 0 and take one request from the bucket, or the seconds until there is one.

        Args:
            key: Who asks: a user or an address.
            now: Seconds of a clock that only moves forward; not the wall clock, which `--now` may stop.

        >>> limiter = RateLimiter(Rate(burst=1, per_minute=6))
        >>> limiter.wait_s("a", 0), limiter.wait_s("a", 0), limiter.wait_s("b", 0)
        (0.0, 10.0, 0.0)
        """
        left, seen = self._buckets.pop(key, (float(self._rate.burst), now))
        per_s = self._rate.per_minute / 60
        left = min(self._rate.burst, left + max(0.0, now - seen) * per_s)
        wait = 0.0 if left >= 1 else (1 - left) / per_s
        self._buckets[key] = (left - 1 if wait == 0 else left, now)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)
        return wait
