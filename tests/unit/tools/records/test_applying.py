"""Assignments on one record: stored forms, no-ops, refusals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from knowledge_graph.errors import CrmError, InvalidValueError, UnknownFieldError
from knowledge_graph.expression.nodes import Assignment, Moment
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
