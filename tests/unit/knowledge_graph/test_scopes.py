"""A person on an opportunity: the scope is asked for in conversation, never of an import."""

from __future__ import annotations

import pytest

from knowledge_graph.errors import ScopeMissingError
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, Record, RecordRef
from knowledge_graph.scopes import check_scopes

DEAL = RecordRef(kind="opportunity", id="o1")


def made(system: str, action: Action = Action.CREATE, **after: object) -> ChangeSet:
    change = RecordChange(action=action, ref=DEAL, title="Roof", before={}, after=after)  # type: ignore[arg-type]  # values of records
    origin = Origin(system=system, place="x", observed_at="2026-11-23T09:00:00Z")
    return ChangeSet(
        id="c", at="2026-11-23T09:00:00Z", actor="a", reason="", changes=(change,), origin=origin
    )


def test_a_person_without_a_scope_is_refused_and_with_one_is_not():
    with pytest.raises(ScopeMissingError):
        check_scopes(made("chat", contact="c1"), {})
    check_scopes(made("chat", contact="c1", usage_scope=("identity",)), {})
    check_scopes(made("chat", contact="c1", usage_scope=("none",)), {})
    check_scopes(made("chat", account="a1"), {})


def test_a_person_put_on_it_later_is_asked_for_and_the_scope_cannot_be_cleared():
    bare = {DEAL: Record(kind="opportunity", id="o1", values={"name": "Roof"})}
    with pytest.raises(ScopeMissingError):
        check_scopes(made("chat", Action.UPDATE, contact="c1"), bare)
    scoped = {
        DEAL: Record(
            kind="opportunity", id="o1", values={"usage_scope": ("identity",), "contact": "c1"}
        )
    }
    check_scopes(made("chat", Action.UPDATE, contact="c2"), scoped)
    with pytest.raises(ScopeMissingError):
        check_scopes(made("chat", Action.UPDATE, usage_scope=()), scoped)
    with pytest.raises(ScopeMissingError):
        check_scopes(made("chat", Action.UPDATE, usage_scope=("all",)), scoped)


@pytest.mark.parametrize("system", ["file", "salesforce", "guanxi", "case"])
def test_an_import_is_a_record_of_what_is(system):
    check_scopes(made(system, contact="c1"), {})
