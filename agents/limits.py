"""What keeps a hosted model from costing too much: a token cap and a circuit breaker."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from knowledge_graph.errors import ModelUnavailableError
from knowledge_graph.ports import Clock

FAILURES = 3
"""Failures in a row that open the breaker."""
PAUSE = timedelta(seconds=60)
"""How long an open breaker lets nothing through."""
TURNS_AT_ONCE = 1000
"""Turns whose tokens are counted; more never run at the same time."""


class CapReachedError(ModelUnavailableError):
    """A token cap is reached; nothing was sent, and the model itself is well."""


class Breaker:
    """After three failures in a row nobody waits for the model for a minute.

    Args:
        clock: The source of time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._until: datetime | None = None

    def check(self) -> None:
        """Return when a call may be tried.

        Raises:
            ModelUnavailableError: The breaker is open.
        """
        if self._until is not None and self._clock.now() < self._until:
            raise ModelUnavailableError("the model failed repeatedly and is paused for a minute")

    def failed(self) -> None:
        """Count a failure; one after the pause opens the breaker again at once."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._until = self._clock.now() + PAUSE

    def worked(self) -> None:
        """Close the breaker."""
        self._failures, self._until = 0, None


class TokenBudget:
    """Caps tokens per turn and per day (UTC); counted in this process.

    Args:
        clock: The source of time.
        turn_tokens: At most so many for one turn.
        day_tokens: At most so many for one day.
    """

    def __init__(self, clock: Clock, *, turn_tokens: int, day_tokens: int) -> None:
        self._clock = clock
        self._turn_tokens, self._day_tokens = turn_tokens, day_tokens
        self._turns: OrderedDict[str, int] = OrderedDict()
        self._day, self._in_day = "", 0

    def check(self, turn: str, estimate: int) -> None:
        """Return when a call of about so many tokens fits.

        Args:
            turn: Names the turn.
            estimate: Tokens of the prompt, roughly.

        Raises:
            CapReachedError: A cap is reached; nothing was sent.
        """
        self._roll()
        if self._turns.get(turn, 0) + estimate > self._turn_tokens:
            raise CapReachedError("the token cap of one turn is reached")
        if self._in_day + estimate > self._day_tokens:
            raise CapReachedError("the token cap of the day is reached")

    def spend(self, turn: str, tokens: int) -> None:
        """Count tokens that were used."""
        self._roll()
        self._turns[turn] = self._turns.pop(turn, 0) + tokens
        self._in_day += tokens
        if len(self._turns) > TURNS_AT_ONCE:
            self._turns.popitem(last=False)

    @property
    def spent_today(self) -> int:
        """Tokens of this day so far."""
        return self._in_day

    def _roll(self) -> None:
        day = self._clock.now().date().isoformat()
        if day != self._day:
            self._day, self._in_day = day, 0


def estimated_tokens(text: str) -> int:
    """Return roughly how many tokens a text has: 4 Latin or 1 Chinese character each.

    >>> estimated_tokens("abcdefgh"), estimated_tokens("客户")
    (2, 2)
    """
    wide = sum(ord(c) > 0x2E7F for c in text)
    return wide + (len(text) - wide) // 4
