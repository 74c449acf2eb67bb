"""Breaker and token caps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agents.limits import PAUSE, Breaker, TokenBudget
from agents.testing import SteppingClock
from knowledge_graph.errors import ModelUnavailableError


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock(datetime(2026, 3, 2, 23, 59, tzinfo=UTC))


def test_the_breaker_opens_after_three_failures_and_closes_on_success(clock: SteppingClock) -> None:
    breaker = Breaker(clock)
    for _ in range(2):
        breaker.failed()
    breaker.check()
    breaker.failed()
    with pytest.raises(ModelUnavailableError):
        breaker.check()
    clock.at += PAUSE
    breaker.check()
    breaker.failed()
    with pytest.raises(ModelUnavailableError):
        breaker.check()
    clock.at += PAUSE
    breaker.worked()
    breaker.failed()
    breaker.check()


def test_caps_of_turn_and_day(clock: SteppingClock) -> None:
    budget = TokenBudget(clock, turn_tokens=100, day_tokens=150)
    budget.check("a", 50)
    budget.spend("a", 80)
    with pytest.raises(ModelUnavailableError, match="turn"):
        budget.check("a", 30)
    budget.check("b", 50)
    budget.spend("b", 60)
    with pytest.raises(ModelUnavailableError, match="day"):
        budget.check("c", 20)
    clock.at += timedelta(minutes=2)
    budget.check("c", 20)
    assert budget.spent_today == 0


def test_turns_at_the_same_time_have_their_own_caps(clock: SteppingClock) -> None:
    budget = TokenBudget(clock, turn_tokens=100, day_tokens=1000)
    for turn in ("a", "b", "a", "b"):
        budget.spend(turn, 50)
    for turn in ("a", "b"):
        with pytest.raises(ModelUnavailableError, match="turn"):
            budget.check(turn, 1)
