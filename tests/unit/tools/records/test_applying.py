"""Assignments on one record: stored forms, no-ops, refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from knowledge_graph.errors import CrmError, InvalidValueError, UnknownFieldError
from knowledge_graph.expression.nodes import Assignment, Moment, Span
from knowledge_graph.language.results import LanguageContext
from knowledge_graph.ontology.record import Record
from knowledge_graph.ontology.schema import WorkspaceSchema
from tools.records.applying import applied

LATE = LanguageContext(now=datetime(2026, 3, 9, 17, 0, tzinfo=UTC), timezone="Asia/Shanghai")
DEAL = Record(
    kind="opportunity",
    id="o1",
    values={"name": "Roof", "amount": 100, "stage": "proposal", "tags": ("a", "b"), "notes": "one"},
)


def change(**given: object) -> dict[str, object]:
    field = f"opportunity.{given.pop('field')}"
    return dict(applied(DEAL, [Assignment(field=field, **given)], WorkspaceSchema(), LATE))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"field": "amount", "value": 200}, {"amount": 200}),
        ({"field": "amount", "value": 100}, {}),
        ({"field": "amount", "mode": "increase", "value": 50}, {"amount": 150}),
        ({"field": "amount", "mode": "scale", "value": 1.1}, {"amount": 110}),
        ({"field": "amount", "mode": "clear"}, {"amount": None}),
        ({"field": "close_date", "mode": "clear"}, {}),
        ({"field": "tags", "mode": "add", "value": "c"}, {"tags": ("a", "b", "c")}),
        ({"field": "tags", "mode": "add", "value": "a"}, {}),
        ({"field": "tags", "mode": "remove", "value": ("a", "b")}, {"tags": ()}),
        ({"field": "notes", "mode": "append", "value": "two"}, {"notes": "one\ntwo"}),
        ({"field": "stage", "value": "won"}, {"stage": "won", "stage_since": "2026-03-10"}),
        ({"field": "close_date", "value": Moment()}, {"close_date": "2026-03-10"}),
        ({"field": "close_date", "value": Moment(n=-1)}, {"close_date": "2026-03-09"}),
    ],
)
def test_new_values(given: dict[str, object], expected: dict[str, object]) -> None:
    assert change(**given) == expected


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"field": "amount", "value": "many"}, InvalidValueError),
        ({"field": "amount", "value": True}, InvalidValueError),
        ({"field": "amount", "value": 10**30}, InvalidValueError),
        ({"field": "amount", "mode": "scale", "value": 1e308}, InvalidValueError),
        ({"field": "amount", "mode": "increase", "value": 10**400}, InvalidValueError),
        ({"field": "name", "mode": "clear"}, InvalidValueError),
        ({"field": "name", "mode": "add", "value": "x"}, InvalidValueError),
        ({"field": "name", "value": Moment()}, InvalidValueError),
        ({"field": "win_probability", "mode": "scale", "value": 2}, InvalidValueError),
        ({"field": "days_in_stage", "value": 3}, InvalidValueError),
        ({"field": "flurb", "value": 3}, UnknownFieldError),
    ],
)
def test_refusals(given: dict[str, object], error: type[CrmError]) -> None:
    with pytest.raises(error):
        change(**given)


def test_fields_of_another_kind_are_refused() -> None:
    with pytest.raises(InvalidValueError):
        applied(DEAL, [Assignment(field="lead.status", value="new")], WorkspaceSchema(), LATE)


def test_a_whole_number_is_rounded_to_the_nearest() -> None:
    firm = Record(kind="account", id="a1", values={"name": "Acme", "employee_count": 10})
    more = Assignment(field="account.employee_count", mode="scale", value=1.07)
    assert applied(firm, [more], WorkspaceSchema(), LATE) == {"employee_count": 11}


def test_an_instant_that_is_no_date_is_refused() -> None:
    ticket = Record(kind="ticket", id="t1", values={"name": "Leak"})
    never = Assignment(field="ticket.resolved_at", value="not a date")
    with pytest.raises(InvalidValueError):
        applied(ticket, [never], WorkspaceSchema(), LATE)


@pytest.mark.parametrize(
    ("span", "date"),
    [
        (Span(n=2, unit="week"), "2026-02-14"),
        (Span(n=1, unit="month"), "2026-02-28"),
        (Span(n=-1, unit="year"), "2025-01-31"),
    ],
)
def test_a_date_moves_from_the_one_that_is_there(span: Span, date: str) -> None:
    deal = replace(DEAL, values={**DEAL.values, "close_date": "2026-01-31"})
    moved = Assignment(field="opportunity.close_date", mode="shift", value=span)
    assert applied(deal, [moved], WorkspaceSchema(), LATE) == {"close_date": date}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"field": "win_probability", "value": 1.5}, "cannot be 150%: it lies between 0% and 100%"),
        ({"field": "win_probability", "value": -0.1}, "cannot be -10%"),
        (
            {"field": "close_date", "mode": "shift", "value": Span(n=1, unit="day")},
            "no date to move",
        ),
        ({"field": "amount", "mode": "shift", "value": Span(n=1, unit="day")}, "holds no date"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidValueError, match=said):
        change(**given)


def test_a_ratio_that_grows_past_its_bounds_is_refused() -> None:
    deal = replace(DEAL, values={**DEAL.values, "win_probability": 0.9})
    up = Assignment(field="opportunity.win_probability", mode="increase", value=0.2)
    with pytest.raises(InvalidValueError, match="110%"):
        applied(deal, [up], WorkspaceSchema(), LATE)
