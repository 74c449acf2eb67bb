"""Clocks: the only place of the product that asks the system for the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from knowledge_graph.errors import BadInputError


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current instant, UTC, timezone-aware."""
        return datetime.now(UTC)  # noqa: TID251 - the one clock that everything else is given


class FixedClock:
    """Stands still until it is moved: for `--now`, evals and tests.

    Args:
        at: The instant, timezone-aware.

    >>> clock = FixedClock.parse("2026-11-23T09:00:00Z")
    >>> clock.advance(timedelta(hours=1))
    >>> clock.now().isoformat()
    '2026-11-23T10:00:00+00:00'
    """

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    @classmethod
    def parse(cls, text: str) -> FixedClock:
        """Read an ISO instant or date; without a zone it is UTC.

        Args:
            text: "2026-11-23", "2026-11-23T09:00:00Z", "2026-11-23T17:00:00+08:00".

        Returns:
            A clock that stands at that instant.

        Raises:
            BadInputError: The text is no ISO instant.
        """
        try:
            at = datetime.fromisoformat(text.strip())
        except ValueError:
            raise BadInputError(
                f"no instant {text!r}; give ISO 8601, for example 2026-11-23T09:00:00Z"
            ) from None
        return cls(at if at.tzinfo else at.replace(tzinfo=UTC))

    def now(self) -> datetime:
        """Return the instant it stands at, UTC."""
        return self._at

    def advance(self, step: timedelta) -> None:
        """Move it on."""
        self._at += step
