from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.ontology.intent_contract import Schedule
from tools.rules.schedules import due_times, next_due


def dues(schedule: Schedule, start: str, days: int) -> list[str]:
    after = datetime.fromisoformat(start)
    return [
        d.strftime("%Y-%m-%dT%H:%MZ")
        for d in due_times(schedule, after, after + timedelta(days=days))
    ]


def test_every_friday_morning_in_shanghai() -> None:
    friday = Schedule(freq="weekly", byday=("FR",), time="10:00")
    assert dues(friday, "2026-11-23T00:00+00:00", 14) == ["2026-11-27T02:00Z", "2026-12-04T02:00Z"]


def test_the_start_is_excluded_and_the_end_is_included() -> None:
    daily = Schedule(freq="daily", time="10:00", tz="UTC")
    assert dues(daily, "2026-11-23T10:00+00:00", 1) == ["2026-11-24T10:00Z"]


def test_a_local_time_that_the_clocks_skip_is_due_once_they_have_moved_on() -> None:
    # Berlin, 29 March 2026: 02:00 becomes 03:00
    daily = Schedule(freq="daily", time="02:30", tz="Europe/Berlin")
    assert dues(daily, "2026-03-28T12:00+00:00", 2) == ["2026-03-29T01:30Z", "2026-03-30T00:30Z"]


def test_a_local_time_that_the_clocks_show_twice_is_due_once() -> None:
    # Berlin, 25 October 2026: 03:00 becomes 02:00
    daily = Schedule(freq="daily", time="02:30", tz="Europe/Berlin")
    assert dues(daily, "2026-10-24T12:00+00:00", 2) == ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Schedule(freq="monthly", bymonthday=(-1,), tz="UTC"), ["2026-01-31", "2026-02-28"]),
        (Schedule(freq="monthly", byday=("-1FR",), tz="UTC"), ["2026-01-30", "2026-02-27"]),
        (Schedule(freq="monthly", byday=("1MO",), tz="UTC"), ["2026-01-05", "2026-02-02"]),
        (Schedule(freq="monthly", bymonthday=(1, 15), tz="UTC"), ["2026-01-15", "2026-02-01", "2026-02-15"]),
        (Schedule(freq="quarterly", tz="UTC"), []),
        (Schedule(freq="yearly", bymonth=(2,), bymonthday=(3,), tz="UTC"), ["2026-02-03"]),
    ],
)  # fmt: skip
def test_days_of_the_month(schedule: Schedule, expected: list[str]) -> None:
    assert [d[:10] for d in dues(schedule, "2026-01-02T00:00+00:00", 58)] == expected


def test_every_other_week_does_not_depend_on_when_the_worker_starts() -> None:
    schedule = Schedule(freq="weekly", interval=2, byday=("MO",), tz="UTC")
    late = dues(schedule, "2026-01-10T00:00+00:00", 60)
    early = dues(schedule, "2026-01-01T00:00+00:00", 69)
    assert [d for d in early if d > "2026-01-10"] == late


def test_a_quarter_ends_on_its_last_day() -> None:
    schedule = Schedule(freq="quarterly", bymonthday=(-1,), tz="UTC")
    assert [d[:10] for d in dues(schedule, "2026-01-02T00:00+00:00", 200)] == [
        "2026-03-31",
        "2026-06-30",
    ]


def test_the_next_run_of_a_rare_schedule_is_found() -> None:
    schedule = Schedule(freq="yearly", bymonth=(2,), bymonthday=(29,), tz="UTC")
    assert next_due(schedule, datetime(2026, 1, 1, tzinfo=UTC)) == datetime(
        2028, 2, 29, 9, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(freq="weekly", tz="Mars/Olympus"),
        Schedule(freq="daily", time="25:00", tz="UTC"),
        Schedule(freq="fortnightly", tz="UTC"),
    ],
)
def test_what_is_no_schedule_is_refused(schedule: Schedule) -> None:
    with pytest.raises(InvalidValueError):
        list(
            due_times(schedule, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 9, tzinfo=UTC))
        )
