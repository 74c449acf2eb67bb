from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.expression import nodes as e
from knowledge_graph.expression.periods import (
    Bounds,
    TimeFrame,
    date_bounds,
    instant_bounds,
    moment_wall,
)

MONDAY = TimeFrame(now=datetime(2026, 11, 23, 9, 0, 0, 999, tzinfo=UTC))
SHANGHAI = TimeFrame(now=datetime(2026, 11, 22, 17, 30, tzinfo=UTC), zone=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        (e.Rolling(n=3, unit="month"), "2026-08-23", "2026-11-24"),
        (e.Rolling(n=7, unit="day"), "2026-11-16", "2026-11-24"),
        (e.Rolling(n=-2, unit="week"), "2026-11-23", "2026-12-08"),
        (e.Calendar(unit="week"), "2026-11-23", "2026-11-30"),
        (e.Calendar(unit="week", offset=-1), "2026-11-16", "2026-11-23"),
        (e.Calendar(unit="quarter", offset=-1), "2026-07-01", "2026-10-01"),
        (e.Calendar(unit="year"), "2026-01-01", "2027-01-01"),
        (e.Between(start="2026-01-31", end="2026-02-01"), "2026-01-31", "2026-02-02"),
        (e.Between(start=None, end="2026-02-01"), None, "2026-02-02"),
    ],
)
def test_dates(window: e.Window, start: str | None, end: str | None) -> None:
    assert date_bounds(window, MONDAY) == Bounds(start=start, end=end)


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        (e.Rolling(n=7, unit="day"), "2026-11-09", "2026-11-16"),
        (e.Calendar(unit="month"), "2026-10-01", "2026-11-01"),
        (e.Between(start="2026-01-08", end="2026-01-14"), "2026-01-01", "2026-01-08"),
    ],
)
def test_window_before_does_not_overlap(window: e.Window, start: str, end: str) -> None:
    assert date_bounds(window, MONDAY, previous=True) == Bounds(start=start, end=end)


def test_today_is_the_local_day() -> None:
    day = e.Calendar(unit="day")
    assert date_bounds(day, SHANGHAI) == Bounds(start="2026-11-23", end="2026-11-24")
    instants = Bounds(start="2026-11-22T16:00:00Z", end="2026-11-23T16:00:00Z")
    assert instant_bounds(day, SHANGHAI) == instants


def test_daylight_saving_day_has_23_hours() -> None:
    frame = TimeFrame(now=datetime(2026, 3, 29, 12, tzinfo=UTC), zone=ZoneInfo("Europe/Berlin"))
    bounds = instant_bounds(e.Calendar(unit="day"), frame)
    assert bounds == Bounds(start="2026-03-28T23:00:00Z", end="2026-03-29T22:00:00Z")


NEW_YORK = ZoneInfo("America/New_York")
SECOND_HALF_PAST_ONE = TimeFrame(now=datetime(2026, 11, 1, 6, 30, tzinfo=UTC), zone=NEW_YORK)
"""The clocks went back half an hour ago."""
AFTER_THE_GAP = TimeFrame(now=datetime(2026, 3, 8, 8, tzinfo=UTC), zone=NEW_YORK)
"""04:00; there was no 02:30 in this night."""


@pytest.mark.parametrize(
    ("frame", "window", "start", "end"),
    [
        (SECOND_HALF_PAST_ONE, e.Rolling(n=3, unit="hour"), "01T03:30:00Z", "01T06:30:01Z"),
        (SECOND_HALF_PAST_ONE, e.Rolling(n=1, unit="day"), "10-31T05:30:00Z", "01T06:30:01Z"),
        (SECOND_HALF_PAST_ONE, e.Rolling(n=-90, unit="minute"), "01T06:30:00Z", "01T08:00:01Z"),
        (SECOND_HALF_PAST_ONE, e.Calendar(unit="hour"), "01T06:00:00Z", "01T07:00:00Z"),
        (SECOND_HALF_PAST_ONE, e.Calendar(unit="hour", offset=-1), "01T05:00:00Z", "01T06:00:00Z"),
        (AFTER_THE_GAP, e.Rolling(n=3, unit="hour"), "08T05:00:00Z", "08T08:00:01Z"),
        (AFTER_THE_GAP, e.Calendar(unit="hour", offset=-1), "08T07:00:00Z", "08T08:00:00Z"),
    ],
)
def test_hours_are_counted_as_they_pass(
    frame: TimeFrame, window: e.Window, start: str, end: str
) -> None:
    bounds = instant_bounds(window, frame)
    assert bounds.start is not None
    assert bounds.end is not None
    assert (bounds.start.endswith(start), bounds.end.endswith(end)) == (True, True), bounds


def test_now_is_now_in_an_hour_that_comes_twice() -> None:
    frame = SECOND_HALF_PAST_ONE
    assert frame.instant(moment_wall(e.Moment(), frame)) == "2026-11-01T06:30:00Z"
    ago = e.Moment(n=-2, unit="hour")
    assert frame.instant(moment_wall(ago, frame)) == "2026-11-01T04:30:00Z"


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
def test_a_period_may_reach_to_the_ends_of_the_calendar(zone: str) -> None:
    frame = TimeFrame(now=MONDAY.now, zone=ZoneInfo(zone))
    ever = e.Between(start="0001-01-01", end="9999-12-31")
    assert date_bounds(ever, frame) == Bounds(start="0001-01-01", end=None)
    bounds = instant_bounds(ever, frame)
    assert (str(bounds.start)[:11], bounds.end) == ("0001-01-01T", None)
    assert frame.instant(frame.wall("9999-12-31T23:59:59Z"))[:10] == "9999-12-31"
    assert frame.instant(frame.wall("0999-03-01T00:00:00Z")) == "0999-03-01T00:00:00Z"


def test_moments() -> None:
    assert moment_wall(e.Moment(), MONDAY).isoformat() == "2026-11-23T09:00:00"
    end = e.Moment(unit="month", edge="end")
    assert moment_wall(end, MONDAY).isoformat() == "2026-11-30T23:59:59"
    start = e.Moment(n=-1, unit="week", edge="start")
    assert moment_wall(start, MONDAY).isoformat() == "2026-11-16T00:00:00"


@pytest.mark.parametrize("n", [10**5, -(10**5), 10**12])
def test_outside_the_calendar(n: int) -> None:
    with pytest.raises(InvalidValueError):
        date_bounds(e.Rolling(n=n, unit="year"), MONDAY)


def test_change_needs_a_closed_period() -> None:
    with pytest.raises(InvalidValueError):
        date_bounds(e.Between(start=None, end="2026-01-01"), MONDAY, previous=True)
