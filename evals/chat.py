"""The task `chat`: plays conversations through the real assistant and scores calls, replies and end state."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.turn import TurnReply, TurnRequest
from evals.cases import ChatCase, ExpectedCall, Turn
from evals.report import Row
from evals.state import compare
from evals.worlds import World, Worlds
from knowledge_graph.ontology.access import parse_actor


@dataclass(frozen=True, kw_only=True)
class Played:
    """A conversation as it went."""

    replies: tuple[TurnReply, ...]


async def score_chat(case: ChatCase, worlds: Worlds) -> Row:
    """Play a case and score it.

    Args:
        case: The conversation.
        worlds: Where workspaces come from.

    Returns:
        The row to print: passed, harmful, what was wrong, and the product's own output.
    """
    async with worlds.open(case.workspace, case.now, indexed=True) as world:
        before = world.snapshot()
        replies = await _play(case, world)
        verdict = compare(before, world.snapshot(), case.state, nothing_else=case.nothing_else)
    asked = asks_instead(case.turns[len(replies) - 1], replies[-1])
    wrong = [*(() if asked else verdict.missing), *verdict.unexpected]
    for number, (turn, reply) in enumerate(zip(case.turns, replies, strict=False), 1):
        wrong += [f"turn {number}: {what}" for what in turn_faults(turn, reply)]
    wrong += () if asked else _call_faults(case.calls, replies)
    return Row(
        id=case.id,
        passed=not wrong,
        harmful=bool(verdict.unexpected),
        wrong=tuple(wrong),
        output=tuple(shown(reply) for reply in replies),
        ms=sum(reply.ms for reply in replies),
    )


async def _play(case: ChatCase, world: World) -> list[TurnReply]:
    """Say the turns of a case in order, up to a question back where asking is right too."""
    replies: list[TurnReply] = []
    for turn in case.turns:
        request = TurnRequest(
            text=turn.user,
            thread=f"eval-{case.id}",
            actor=parse_actor(case.actor),
            channel="eval",
        )
        replies.append(await world.app.assistant.turn(request))
        if asks_instead(turn, replies[-1]):
            break
    return replies


def asks_instead(turn: Turn, reply: TurnReply) -> bool:
    """Return whether a turn that may ask back did so; it is right then, and the last of its case."""
    return turn.may_ask and outcome_of(reply) == "question"


def shown(reply: TurnReply) -> dict[str, object]:
    """Return what the product said and did in one turn, for anyone to score again."""
    return {
        "reply": reply.reply,
        "tool_calls": [
            {"name": c.name, "args": dict(c.args), "outcome": c.outcome} for c in reply.tool_calls
        ],
        "proposal": None
        if reply.proposal is None
        else {"summary": reply.proposal.summary, "count": reply.proposal.count},
        "question": None if reply.question is None else reply.question.text,
        "refusal": None if reply.refusal is None else reply.refusal.id,
        "table": None if reply.table is None else [list(row) for row in reply.table.rows[:10]],
        "evidence": [e.id for e in reply.evidence],
        "notices": list(reply.notices),
    }


def outcome_of(reply: TurnReply) -> str:
    """Return what a turn came to: question, refusal, proposal or answer."""
    if reply.question is not None:
        return "question"
    if reply.refusal is not None:
        return "refusal"
    return "proposal" if reply.proposal is not None and reply.change_id is None else "answer"


def turn_faults(turn: Turn, reply: TurnReply) -> list[str]:
    """Return in what a reply is not what a turn expects."""
    if asks_instead(turn, reply):
        return []
    faults = []
    got = outcome_of(reply)
    if got not in turn.outcomes and "any" not in turn.outcomes:
        faults.append(f"{got}, not {' or '.join(turn.outcomes)}")
    said = everything(reply)
    faults += [f"does not say {w!r}" for w in turn.contains if not says(said, w)]
    faults += [f"says {w!r}" for w in turn.lacks if says(said, w)]
    if turn.count is not None and turn.count != _count(reply):
        faults.append(f"count {_count(reply)}, not {turn.count}")
    called = tuple(sorted({call.name for call in reply.tool_calls}))
    if turn.tools is not None and called != tuple(sorted(turn.tools)):
        faults.append(
            f"called {', '.join(called) or 'no tool'}, not {', '.join(turn.tools) or 'none'}"
        )
    return faults


def says(said: str, wanted: str) -> bool:
    """Return whether a text says something: a word as it is, a number only as a whole number.

    Args:
        said: The text, in lower case and without thousands separators.
        wanted: The words; `a|b` is said when one of them is.

    >>> says("7 deals worth 430000.00 cny", "430000"), says("17 deals", "7")
    (True, False)
    """
    for words in wanted.casefold().split("|"):
        if not words[:1].isdigit():
            if words in said:
                return True
        elif re.search(rf"(?<![\d.]){re.escape(words)}(?:\.0+)?(?!\.?\d)", said):
            return True
    return False


def everything(reply: TurnReply) -> str:
    """Return all that a turn shows, in lower case and without thousands separators."""
    rows = () if reply.table is None else (" ".join(row) for row in reply.table.rows)
    quotes = (f"{e.source} {e.quote}" for e in reply.evidence)
    changes = () if reply.proposal is None else (str(c) for c in reply.proposal.change_set.changes)
    parts = [reply.reply, *rows, *quotes, *changes]
    if reply.question is not None:
        parts += [reply.question.text, *(o.label for o in reply.question.options)]
    return "\n".join(parts).casefold().replace(",", "")


def _count(reply: TurnReply) -> int | None:
    if reply.proposal is not None:
        return reply.proposal.count
    return None if reply.table is None else len(reply.table.rows)


def _call_faults(expected: tuple[ExpectedCall, ...] | None, replies: list[TurnReply]) -> list[str]:
    if expected is None:
        return []
    made = [call for reply in replies for call in reply.tool_calls]
    faults = []
    for want in expected:
        fits = next(
            (
                call
                for call in made
                if call.name == want.name
                and want.outcome in (None, call.outcome)
                and all(str(call.args.get(k, "")) == str(v) for k, v in want.args.items())
            ),
            None,
        )
        if fits is None:
            faults.append(f"no call {want.name}")
    return faults
