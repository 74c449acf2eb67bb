"""What a conversation remembers between turns, and how it is written down."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agents.model import HistoryLine, PendingQuestion, ToolCall
from agents.state import Answer
from knowledge_graph.errors import BadInputError
from knowledge_graph.expression.codec import query_from_json, query_to_json
from knowledge_graph.ontology.access import Actor
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ports import Conversation, Message
from tools.context import Lang, RunContext
from tools.outcomes import Focus, Option

HISTORY_LINES = 8
"""Lines that a model is given."""
LINE_CHARS = 2000
"""A longer line is cut in the memory; the person has seen it whole."""
CHANGES_KEPT = 20
FOCUS_REFS = 50


def pseudonym(thread: str, actor: Actor, tenant: str = "local") -> str:
    """Return the name under which a conversation is kept: one person in one thread of one channel.

    It holds no address or name, and nobody else in the same thread sees this person's context.

    >>> from knowledge_graph.ontology.access import Role
    >>> pseudonym("slack:C1:17.1", Actor(role=Role.SALES, id="lena@example.com"))[:1]
    't'
    """
    digest = hashlib.sha256(f"{tenant}\x00{thread}\x00{actor}".encode()).hexdigest()
    return f"t{digest[:24]}"


def history_of(conversation: Conversation) -> tuple[HistoryLine, ...]:
    """Return the last lines as a model is given them."""
    lines = conversation.messages[-HISTORY_LINES:]
    return tuple(HistoryLine(role=m.role, text=m.text) for m in lines)


def without(conversation: Conversation, instants: frozenset[str], lang: Lang) -> Conversation:
    """Return a conversation without what it said at these instants, and without the question then open.

    Args:
        conversation: As it is kept.
        instants: Of turns whose words may be used no more.
        lang: Of the words in their place.
    """
    if not any(m.at in instants for m in conversation.messages):
        return conversation
    gone = (
        "（此处内容依据的授权已结束）"
        if lang == "zh"
        else "(withheld: the consent for this has ended)"
    )
    messages = tuple(
        replace(m, text=gone) if m.at in instants and m.role == "assistant" else m
        for m in conversation.messages
    )
    last = conversation.messages[-1].at
    question = "" if last in instants else conversation.question
    return replace(conversation, messages=messages, question=question)


@dataclass(frozen=True, kw_only=True)
class Recall:
    """What the next turn may refer to without saying it."""

    focus: Focus = field(default_factory=Focus)
    calls: tuple[ToolCall, ...] = ()
    """The calls of the last turn that had any."""


def remember(
    conversation: Conversation, run: RunContext, answer: Answer, *, done: Done
) -> tuple[Conversation, tuple[Message, ...]]:
    """Return the conversation after a turn and the lines it adds.

    Args:
        conversation: As it was before the turn.
        run: The run facts of the turn.
        answer: What the turn said.
        done: What the turn called and took back.
    """
    stamp = run.access.at
    changes = conversation.changes
    if answer.change_id and done.undone:
        changes = tuple(c for c in changes if c != done.undone)
    elif answer.change_id:
        changes = (*changes, answer.change_id)[-CHANGES_KEPT:]
    before = decode_recall(conversation.focus)
    recall = Recall(
        focus=answer.focus or before.focus, calls=_to_correct(done.calls or before.calls, answer)
    )
    after = replace(
        conversation,
        turns=conversation.turns + 1,
        lang=run.lang,
        focus=encode_recall(recall),
        question="" if answer.pending is None else encode_question(answer.pending),
        changes=changes,
    )
    lines = (
        Message(role="user", text=run.user_text[:LINE_CHARS], at=stamp),
        Message(role="assistant", text=answer.text[:LINE_CHARS], at=stamp),
    )
    return after, lines


_REPEATABLE = frozenset({"update_records", "delete_records"})


def _to_correct(calls: Sequence[ToolCall], answer: Answer) -> tuple[ToolCall, ...]:
    """Return the calls that the next message may correct: what is made already is not made once more."""
    made = answer.outcome == "executed" and answer.change_id is not None
    return tuple(c for c in calls if not made or c.name in _REPEATABLE)


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a turn did, as the conversation has to know it."""

    calls: tuple[ToolCall, ...] = ()
    undone: str = ""
    """The change that the turn took back by command."""


def encode_recall(recall: Recall) -> str:
    """Return it as JSON."""
    query = recall.focus.query
    data: dict[str, object] = {
        "query": None if query is None else query_to_json(query),
        "refs": [[r.kind, r.id] for r in recall.focus.refs[:FOCUS_REFS]],
        "calls": [[c.name, dict(c.args)] for c in recall.calls],
    }
    return json.dumps(data, ensure_ascii=False)


def decode_recall(text: str) -> Recall:
    """Return what a conversation holds; an unknown one holds nothing."""
    if not text:
        return Recall()
    data = json.loads(text)
    try:
        query = query_from_json(data["query"]) if data.get("query") else None
    except BadInputError:  # written by another version: the records are still known
        query = None
    focus = Focus(
        query=query,
        refs=tuple(RecordRef(kind=kind, id=id_) for kind, id_ in data.get("refs", [])),
    )
    calls = tuple(ToolCall(name=name, args=args) for name, args in data.get("calls", []))
    return Recall(focus=focus, calls=calls)


def encode_question(pending: PendingQuestion) -> str:
    """Return a question as JSON."""
    data = {
        "text": pending.text,
        "options": [[o.label, o.reply] for o in pending.options],
        "calls": [[c.name, dict(c.args)] for c in pending.calls],
        "asked": pending.asked,
        "slot": pending.slot,
        "code": pending.code,
        "about": list(pending.about),
        "user_text": pending.user_text[:LINE_CHARS],
    }
    return json.dumps(data, ensure_ascii=False)


def decode_question(text: str) -> PendingQuestion | None:
    """Return the question that waits for an answer, if there is one."""
    if not text:
        return None
    data = json.loads(text)
    return PendingQuestion(
        text=data["text"],
        options=tuple(Option(label=label, reply=reply) for label, reply in data["options"]),
        calls=tuple(ToolCall(name=name, args=args) for name, args in data["calls"]),
        asked=data["asked"],
        slot=data["slot"],
        code=data["code"],
        about=tuple(data["about"]),
        user_text=data["user_text"],
    )
