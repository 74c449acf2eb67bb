"""Counters for operators in Prometheus' text format. No user, record or text appears in a label."""

from __future__ import annotations

from collections import Counter

_BUCKETS_MS = (50, 100, 150, 250, 400, 800, 1600, 5000, 20000)


class Metrics:
    """Counts turns and requests of one process."""

    def __init__(self) -> None:
        self._turns: Counter[str] = Counter()
        self._requests: Counter[tuple[str, str]] = Counter()
        self._le: Counter[int] = Counter()
        self._sum_ms = 0.0

    def turn(self, outcome: str, ms: float) -> None:
        """Count a turn.

        Args:
            outcome: answered, proposed, asked, refused, failed.
            ms: How long it took, milliseconds.
        """
        self._turns[outcome] += 1
        self._sum_ms += ms
        for bound in _BUCKETS_MS:
            self._le[bound] += ms <= bound

    def request(self, method: str, status: int) -> None:
        """Count an answered HTTP request."""
        self._requests[method, f"{status // 100}xx"] += 1

    def text(self) -> str:
        """Return all counters.

        >>> m = Metrics(); m.turn("answered", 120); m.request("GET", 200)
        >>> 'guanxi_turns_total{outcome="answered"} 1' in m.text()
        True
        """
        total = sum(self._turns.values())
        lines = ["# TYPE guanxi_turns_total counter"]
        lines += [
            f'guanxi_turns_total{{outcome="{k}"}} {n}' for k, n in sorted(self._turns.items())
        ]
        lines.append("# TYPE guanxi_turn_ms histogram")
        lines += [f'guanxi_turn_ms_bucket{{le="{b}"}} {self._le[b]}' for b in _BUCKETS_MS]
        lines += [
            f'guanxi_turn_ms_bucket{{le="+Inf"}} {total}',
            f"guanxi_turn_ms_sum {self._sum_ms:.1f}",
            f"guanxi_turn_ms_count {total}",
            "# TYPE guanxi_http_requests_total counter",
        ]
        lines += [
            f'guanxi_http_requests_total{{method="{m}",status="{s}"}} {n}'
            for (m, s), n in sorted(self._requests.items())
        ]
        return "\n".join(lines) + "\n"
