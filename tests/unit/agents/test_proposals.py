"""Writes stop at an interrupt and happen once, whatever happens in between."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from agents.testing import ScriptedModel
from knowledge_graph.consent_ports import EndedTurns
from knowledge_graph.errors import ConflictError, NotAllowedError, StoreUnavailableError
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ontology.change import ProposalStatus
from tests.unit.agents.rig import FIND, LENA, UPDATE, Rig, asks, calls, change, drafts, found
from tools.outcomes import ApprovalRequired


@pytest.fixture
def writing(rig: Rig) -> Any:
    rig.script(UPDATE)
    rig.tools.results["update_records"] = drafts()
    return rig


async def test_write_waits_for_a_yes(writing: Rig) -> None:
    reply = await writing.say("give raj's lead to lena")
    assert reply.proposal is not None
    assert reply.proposal.id in reply.reply
    assert writing.writer.written == []
    done = await writing.say("/confirm")
    assert [c.id for c in writing.writer.written] == [done.change_id]
    assert writing.proposals.kept[reply.proposal.id].status is ProposalStatus.DONE


async def test_the_record_of_a_confirmed_write_says_what_it_rests_on(writing: Rig) -> None:
    await writing.say("give raj's lead to lena")
    done = await writing.say("/confirm")
    proposed, executed = writing.decisions.kept
    assert executed.outcome == "executed"
    assert executed.change_ids == (done.change_id,)
    assert (executed.model, executed.tools) == (proposed.model, proposed.tools)
    assert executed.input_digest != proposed.input_digest


async def test_a_failing_checkpoint_file_is_survived(writing: Rig) -> None:
    async def full(*args: Any, **kwargs: Any) -> Any:
        raise sqlite3.OperationalError("database or disk is full")

    writing.built()
    writing.checkpoints.saver.aput = full  # type: ignore[method-assign]  # a disk that is full
    reply = await writing.say("give raj's lead to lena")
    assert reply.proposal is not None
    done = await writing.say("/confirm")
    status = writing.proposals.kept[reply.proposal.id].status
    assert (len(writing.writer.written), status) in {(0, "pending"), (1, "done")}
    assert bool(done.change_id) == bool(writing.writer.written)


async def test_confirm_works_after_a_restart(writing: Rig) -> None:
    reply = await writing.say("give raj's lead to lena")
    await writing.restart()
    done = await writing.say(f"/confirm {reply.proposal.id}")
    assert done.change_id
    assert len(writing.writer.written) == 1


async def test_confirm_works_without_the_checkpoint_file(writing: Rig) -> None:
    reply = await writing.say("give raj's lead to lena")
    await writing.checkpoints.finish(reply.proposal.id)
    assert (await writing.say("/confirm")).change_id


async def test_a_second_confirm_writes_nothing(writing: Rig) -> None:
    reply = await writing.say("give raj's lead to lena")
    ids = [f"/confirm {reply.proposal.id}"] * 3
    replies = await asyncio.gather(*(writing.say(text) for text in ids))
    assert len(writing.writer.written) == 1
    assert sum(bool(r.change_id) for r in replies) == 1


async def test_two_processes_execute_once(writing: Rig) -> None:
    reply = await writing.say("give raj's lead to lena")
    first = writing.built()
    await writing.restart()
    second = writing.built()
    assert first is not second
    text = f"/confirm {reply.proposal.id}"
    await writing.say(text)
    again = await writing.say(text)
    assert len(writing.writer.written) == 1
    assert again.change_id is None


@pytest.mark.parametrize("word", ["yes", "确认", "Confirm.", "是的！"])
async def test_plain_yes_confirms_the_only_proposal(writing: Rig, word: str) -> None:
    await writing.say("give raj's lead to lena")
    assert (await writing.say(word)).change_id


@pytest.mark.parametrize("word", ["cancel", "取消", "/cancel", "no"])
async def test_cancel(writing: Rig, word: str) -> None:
    reply = await writing.say("give raj's lead to lena")
    await writing.say(word)
    assert writing.proposals.kept[reply.proposal.id].status is ProposalStatus.CANCELLED
    late = await writing.say(f"/confirm {reply.proposal.id}")
    assert late.change_id is None
    assert writing.writer.written == []


async def test_yes_with_two_proposals_asks_which(writing: Rig) -> None:
    await writing.say("give raj's lead to lena")
    await writing.say("give raj's lead to lena")
    reply = await writing.say("yes")
    assert reply.question is not None
    assert len(reply.question.options) == 2
    assert writing.writer.written == []
    done = await writing.say("2")
    assert done.change_id
    assert len(writing.writer.written) == 1


async def test_a_courtesy_after_another_turn_does_not_write(writing: Rig) -> None:
    writing.script(UPDATE, FIND)
    writing.tools.results["find_records"] = found()
    await writing.say("give raj's lead to lena")
    await writing.say("how many leads has raj")
    reply = await writing.say("ok")
    assert reply.question is not None
    assert writing.writer.written == []
    assert (await writing.say("1")).change_id


async def test_yes_to_a_question_confirms_nothing(writing: Rig) -> None:
    writing.script(UPDATE, FIND)
    writing.tools.results["find_records"] = asks()
    reply = await writing.say("give raj's lead to lena")
    assert (await writing.say("leads of raj")).question is not None
    await writing.say("yes")
    await writing.say("no")
    assert writing.writer.written == []
    assert reply.proposal is not None
    assert (await writing.say(f"/confirm {reply.proposal.id}")).change_id


async def test_a_bare_confirm_after_other_turns_is_shown_again(writing: Rig) -> None:
    """Found by a user: a sentence that was not understood, then /confirm, carried out an older proposal."""
    writing.script(UPDATE, FIND)
    writing.tools.results["find_records"] = asks()
    await writing.say("give raj's lead to lena")
    await writing.say("set the amount of something unknown")
    again = await writing.say("/confirm")
    assert again.question is not None
    assert writing.writer.written == []


async def test_yes_to_the_desk_confirms(writing: Rig) -> None:
    writing.script(UPDATE, FIND)
    writing.tools.results["find_records"] = found()
    await writing.say("give raj's lead to lena")
    await writing.say("how many leads has raj")
    assert (await writing.say("ok")).question is not None
    assert (await writing.say("ok")).change_id


async def test_other_people_cannot_decide(writing: Rig) -> None:
    reply = await writing.say("give raj's lead to lena")
    for actor in (
        Actor(role=Role.SALES, id="mallory@example.com"),
        Actor(role=Role.OWNER, id="boss"),
    ):
        for text in (f"/confirm {reply.proposal.id}", f"/cancel {reply.proposal.id}", "yes"):
            refused = await writing.say(text, actor=actor)
            assert refused.change_id is None
    assert writing.writer.written == []
    assert (await writing.say(f"/confirm {reply.proposal.id}")).change_id


async def test_an_id_is_enough_in_another_conversation(writing: Rig) -> None:
    reply = await writing.say("give raj's lead to lena")
    assert (await writing.say("/confirm", thread="other")).change_id is None
    assert (await writing.say(f"/confirm {reply.proposal.id}", thread="other")).change_id


async def test_a_proposal_expires(writing: Rig) -> None:
    reply = await writing.say("give raj's lead to lena")
    writing.clock.at += timedelta(hours=24, seconds=1)
    late = await writing.say("/confirm")
    assert "Not executed" in late.reply
    assert writing.proposals.kept[reply.proposal.id].status is ProposalStatus.EXPIRED
    assert writing.writer.written == []


@pytest.mark.parametrize("error", [NotAllowedError("no"), ConflictError("changed since")])
async def test_a_refused_write_fails_for_good(writing: Rig, error: Exception) -> None:
    reply = await writing.say("give raj's lead to lena")
    writing.writer.script = [error]
    failed = await writing.say("/confirm")
    assert "Nothing was changed" in failed.reply
    assert writing.proposals.kept[reply.proposal.id].status is ProposalStatus.FAILED
    assert (await writing.say(f"/confirm {reply.proposal.id}")).change_id is None


async def test_a_write_of_unknown_end_is_looked_up_first(writing: Rig) -> None:
    reply = await writing.say("give raj's lead to lena")
    writing.writer.script = [StoreUnavailableError("gone")]
    doubt = await writing.say("/confirm")
    assert "not known" in doubt.reply
    writing.writer.written.append(reply.proposal.change_set)  # it had been written after all
    done = await writing.say(f"/confirm {reply.proposal.id}")
    assert done.change_id == reply.proposal.change_set.id
    assert len(writing.writer.written) == 1


async def test_a_crash_before_the_write_is_made_good(writing: Rig) -> None:
    reply = await writing.say("give raj's lead to lena")
    await writing.proposals.move(
        reply.proposal.id, expect=ProposalStatus.PENDING, to=ProposalStatus.EXECUTING
    )
    await writing.restart()
    assert (await writing.say(f"/confirm {reply.proposal.id}")).change_id
    assert len(writing.writer.written) == 1


async def test_drafts_of_one_turn_become_one_proposal(rig: Rig) -> None:
    step = calls(*[("update_records", {"where": f"r{n}", "changes": "x"}) for n in range(3)])
    rig.script(step)
    seen: list[int] = []

    def draft(args: Any, context: Any) -> Any:
        seen.append(len(context.drafted))
        return drafts(change(args.where), summary=args.where)(args, context)

    rig.tools.results["update_records"] = draft
    reply = await rig.say("do it all")
    assert seen == [0, 1, 2]
    assert reply.proposal.count == 3
    assert reply.proposal.summary == "r0; r1; r2"
    await rig.say("/confirm")
    assert len(rig.writer.written) == 1


async def test_nothing_pending(rig: Rig) -> None:
    rig.use(ScriptedModel([FIND]))
    assert "Nothing is waiting" in (await rig.say("yes")).reply
    assert "没有等待确认" in (await rig.say("确认")).reply


async def test_undo_takes_back_the_last_change_of_the_thread(writing: Rig) -> None:
    await writing.say("give raj's lead to lena")
    done = await writing.say("/confirm")
    writing.tools.results["undo_change"] = drafts(change("l1", "Lena", "Raj"), summary="undo")
    back = await writing.say("/undo")
    assert writing.tools.ran[-1][1] == {"change": done.change_id}
    assert back.change_id
    assert len(writing.writer.written) == 2
    shown = await writing.say("/undo")  # nothing left in this conversation: shown, not done
    assert shown.proposal is not None
    assert len(writing.writer.written) == 2


async def test_no_personal_data_in_the_checkpoint_file(writing: Rig) -> None:
    marker = "zanzibar"
    writing.tools.results["update_records"] = drafts(change(marker), summary=marker)
    await writing.say(f"give {marker} to lena")
    async with writing.checkpoints.saver.conn.execute("SELECT * FROM checkpoints") as rows:
        kept = await rows.fetchall()
    assert len(kept) == 1
    await writing.checkpoints.close()
    content = b"".join(p.read_bytes() for p in writing.path.parent.glob("checkpoints.db*"))
    assert marker.encode() not in content
    assert LENA.id.encode() not in content
    await writing.restart()


async def test_an_empty_draft_is_no_proposal(writing: Rig) -> None:
    writing.tools.results["update_records"] = lambda args, context: ApprovalRequired(
        summary="nothing", changes=()
    )
    reply = await writing.say("give raj's lead to lena")
    assert reply.proposal is None
    assert reply.reply == "There is nothing to change."


@dataclass
class Ended:
    """Says which instants rest on a grant that is over."""

    over: frozenset[str] = frozenset()

    async def ended(self, thread: str, access: Access) -> EndedTurns:
        return EndedTurns(instants=self.over, over=self.over)


async def test_what_was_drafted_from_an_ended_grant_is_erased_before_the_next_turn(
    writing: Rig,
) -> None:
    writing.granted = ended = Ended()
    reply = await writing.say("give raj's lead to lena")
    assert reply.proposal is not None
    ended.over = frozenset({reply.proposal.created_at})
    late = await writing.say(f"/confirm {reply.proposal.id}")
    assert late.change_id is None
    assert writing.writer.written == []
    assert writing.proposals.kept == {}


async def test_it_is_erased_too_when_it_is_confirmed_from_another_conversation(
    writing: Rig,
) -> None:
    writing.granted = ended = Ended()
    reply = await writing.say("give raj's lead to lena")
    assert reply.proposal is not None
    ended.over = frozenset({reply.proposal.created_at})
    await writing.say(f"/confirm {reply.proposal.id}", thread="elsewhere")
    assert writing.writer.written == []
    assert writing.proposals.kept == {}
