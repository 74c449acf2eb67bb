"""Drafts, their confirmation, and undo: nothing is written before the yes, and everything can be taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge_graph.errors import ConflictError, NotAllowedError
from knowledge_graph.ontology.access import Role
from knowledge_graph.ontology.change import Action
from tests.unit.tools.workspace import Workspace, build_workspace
from tools.outcomes import ApprovalRequired, ToolFailed, ToolOk, ToolQuestion


@pytest.fixture
async def ws() -> Workspace:
    return await build_workspace()


async def test_bulk_change_is_drafted_then_written(ws: Workspace) -> None:
    draft = await ws.call(
        "update_records", kind="lead", where="owner is Lena Vogel", changes="owner = Raj Patel"
    )
    assert isinstance(draft, ApprovalRequired)
    assert {str(c.ref): (c.before, c.after) for c in draft.changes} == {
        "lead:l1": ({"owner": "e1"}, {"owner": "e2"}),
        "lead:l2": ({"owner": "e1"}, {"owner": "e2"}),
    }
    assert "2 leads" in draft.summary
    assert "Raj Patel" in draft.summary
    assert (await ws.values("lead", "l1"))["owner"] == "e1"
    await ws.confirm(draft)
    assert (await ws.values("lead", "l1"))["owner"] == "e2"


async def test_what_is_so_already_is_dropped_and_said(ws: Workspace) -> None:
    draft = await ws.call(
        "update_records", kind="lead", where="all leads", changes="owner = Raj Patel"
    )
    assert isinstance(draft, ApprovalRequired)
    assert {c.ref.id for c in draft.changes} == {"l1", "l2"}
    assert "1 more already so" in draft.warnings[0]


async def test_all_so_already_changes_nothing(ws: Workspace) -> None:
    found = await ws.call(
        "update_records", kind="lead", where="owner is Raj Patel", changes="owner = Raj Patel"
    )
    assert isinstance(found, ToolOk)
    assert found.data == {"count": 0, "unchanged": 1}


async def test_no_match_changes_nothing_and_says_so(ws: Workspace) -> None:
    found = await ws.call(
        "update_records",
        kind="lead",
        where="owner is Raj Patel and status is new",
        changes="owner = Lena Vogel",
    )
    assert isinstance(found, ToolOk)
    assert "nothing was changed" in found.text


async def test_an_empty_filter_never_means_all(ws: Workspace) -> None:
    for name, rest in (
        ("update_records", {"changes": "owner = Raj Patel"}),
        ("delete_records", {}),
    ):
        found = await ws.call(name, kind="lead", where="", **rest)
        assert isinstance(found, ToolQuestion)


async def test_by_name_and_by_reference(ws: Workspace) -> None:
    for where in ("Quinn Brown", "@lead:l2"):
        draft = await ws.call(
            "update_records", where=where, kind="lead", changes="status = qualified"
        )
        assert isinstance(draft, ApprovalRequired), draft
        assert [c.ref.id for c in draft.changes] == ["l2"]
        assert "Quinn Brown" in draft.summary


async def test_a_change_meanwhile_is_a_conflict_that_says_what(ws: Workspace) -> None:
    first = await ws.call("update_records", where="@lead:l1", changes="owner = Raj Patel")
    second = await ws.call("update_records", where="@lead:l1", changes="owner = Raj Patel")
    await ws.confirm(first)
    with pytest.raises(ConflictError, match="'owner' of 'Morgan Wilson' is now 'e2'"):
        await ws.confirm(second)


async def test_undo_brings_back_what_was(ws: Workspace) -> None:
    draft = await ws.call(
        "update_records", kind="lead", where="all leads", changes="owner = Raj Patel"
    )
    change = await ws.confirm(draft)
    undo = await ws.call("undo_change")
    assert isinstance(undo, ApprovalRequired)
    assert undo.undoes == change
    await ws.confirm(undo)
    assert (await ws.values("lead", "l1"))["owner"] == "e1"
    again = await ws.call("undo_change")
    assert isinstance(again, ToolOk)


async def test_undo_is_refused_when_later_changes_stand_on_it(ws: Workspace) -> None:
    first = await ws.confirm(
        await ws.call("update_records", where="@lead:l1", changes="owner = Raj Patel")
    )
    await ws.confirm(
        await ws.call("update_records", where="@lead:l1", changes="owner = Lena Vogel")
    )
    refused = await ws.call("undo_change", change=first)
    assert isinstance(refused, ToolFailed)
    assert refused.code == "E-CONFLICT"
    assert "owner" in refused.text


async def test_sales_may_not_undo_others_but_a_steward_may(ws: Workspace) -> None:
    change = await ws.confirm(
        await ws.call("update_records", where="@lead:l1", changes="owner = Raj Patel")
    )
    raj = ws.as_actor(Role.SALES, "raj@example.com")
    assert isinstance(await ws.call("undo_change", raj, change=change), ToolFailed)
    sam = ws.as_actor(Role.STEWARD, "sam@example.com")
    draft = await ws.call("undo_change", sam, change=change)
    await ws.confirm(draft, sam)
    assert (await ws.values("lead", "l1"))["owner"] == "e1"


async def test_roles_without_writing_cannot_confirm(ws: Workspace) -> None:
    draft = await ws.call("update_records", where="@lead:l1", changes="owner = Raj Patel")
    for role in (Role.MANAGER, Role.STEWARD, Role.CUSTOMER):
        with pytest.raises(NotAllowedError):
            await ws.confirm(draft, ws.as_actor(role, "x@example.com"))
    assert (await ws.values("lead", "l1"))["owner"] == "e1"


async def test_creation_with_a_possible_duplicate(ws: Workspace) -> None:
    draft = await ws.call(
        "create_record", kind="lead", values='name = "Morgan Wilson"; owner = Raj Patel'
    )
    assert isinstance(draft, ApprovalRequired)
    (change,) = draft.changes
    assert change.action is Action.CREATE
    assert change.after == {"name": "Morgan Wilson", "owner": "e2", "created_on": "2026-03-10"}
    assert "@lead:l1" in draft.warnings[0]
    await ws.confirm(draft)
    found = await ws.call("find_records", kind="lead", where="owner is Raj Patel")
    assert found.data == {"count": 2}


async def test_a_required_field_is_asked_for(ws: Workspace) -> None:
    found = await ws.call("create_record", kind="lead", values="owner = Raj Patel")
    assert isinstance(found, ToolQuestion)
    assert found.code == "missing_argument"


async def test_a_name_just_written_is_known_at_once(ws: Workspace) -> None:
    draft = await ws.call("create_record", kind="lead", values='name = "Zora Quist"')
    await ws.confirm(draft)
    found = await ws.call("show_record", record="Zora Quist")
    assert found.data["kind"] == "lead"


async def test_a_drafted_lead_can_be_logged_about_in_the_same_turn(ws: Workspace) -> None:
    draft = await ws.call("create_record", kind="lead", values='name = "Zora Quist"')
    later = replace(ws.context, drafted=draft.changes)
    log = await ws.call("log_interaction", later, about="Zora Quist", type="call")
    assert isinstance(log, ApprovalRequired), log
    interaction = log.changes[0]
    assert interaction.after["lead"] == draft.changes[0].ref.id
    both = replace(log, changes=(*draft.changes, *log.changes))
    await ws.confirm(both)
    values = await ws.values("lead", draft.changes[0].ref.id)
    assert values["last_contact_date"] == "2026-03-10"


async def test_log_fills_in_what_the_contact_belongs_to(ws: Workspace) -> None:
    log = await ws.call(
        "log_interaction", about="@contact:c1", type="phone call", text="She wants a quote."
    )
    assert isinstance(log, ApprovalRequired)
    values = log.changes[0].after
    assert values["type"] == "call"
    assert values["account"] == "a1"
    assert values["owner"] == "e1"
    assert values["happened_at"] == "2026-03-10T09:00:00Z"
    assert {str(c.ref) for c in log.changes[1:]} == {"contact:c1", "account:a1"}


async def test_log_of_an_older_day_moves_no_date_back(ws: Workspace) -> None:
    await ws.confirm(await ws.call("log_interaction", about="@account:a1", type="call"))
    log = await ws.call("log_interaction", about="@account:a1", type="call", when="2026-03-01")
    assert isinstance(log, ApprovalRequired), log
    assert len(log.changes) == 1
    assert str(log.changes[0].after["happened_at"]).startswith("2026-03-01")


async def test_a_day_that_is_not_understood_or_to_come_is_asked(ws: Workspace) -> None:
    for when in ("flurbday", "2027-01-01"):
        found = await ws.call("log_interaction", about="@account:a1", type="call", when=when)
        assert isinstance(found, ToolQuestion)
        assert found.slot == "when"


async def test_deletion_clears_what_points_to_it_and_can_be_undone(ws: Workspace) -> None:
    draft = await ws.call("delete_records", where="@account:a2")
    assert isinstance(draft, ApprovalRequired)
    assert "2 records refer" in draft.warnings[0]
    await ws.confirm(draft)
    assert await ws.values("account", "a2") == {}
    assert "account" not in await ws.values("contact", "c2")
    await ws.confirm(await ws.call("undo_change"))
    assert (await ws.values("account", "a2"))["name"] == "苏州仁济医院"
    assert (await ws.values("contact", "c2"))["account"] == "a2"


async def test_merge_moves_links_and_can_be_undone(ws: Workspace) -> None:
    draft = await ws.call("merge_records", records="@account:a1; @account:a2")
    assert isinstance(draft, ApprovalRequired), draft
    await ws.confirm(draft)
    merged = await ws.values("account", "a1")
    assert merged["aliases"] == ("苏州仁济医院",)
    assert await ws.values("account", "a2") == {}
    assert (await ws.values("opportunity", "o3"))["account"] == "a1"
    await ws.confirm(await ws.call("undo_change"))
    assert (await ws.values("opportunity", "o3"))["account"] == "a2"
    assert "aliases" not in await ws.values("account", "a1")


async def test_merge_of_different_kinds_is_refused(ws: Workspace) -> None:
    found = await ws.call("merge_records", records="@account:a1; @contact:c1")
    assert isinstance(found, ToolFailed)


async def test_field_that_cannot_be_set(ws: Workspace) -> None:
    found = await ws.call("update_records", where="@account:a1", changes="credit limit = 100000")
    assert isinstance(found, (ToolFailed, ToolQuestion))
    assert "credit_limit" not in await ws.values("account", "a1")
