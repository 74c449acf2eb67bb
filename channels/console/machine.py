"""`guanxi chat --json`: a message a line in, one JSON object a line out."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import BinaryIO, TextIO

from agents.turn import TurnReply
from channels.console.lines import Line, Speaker, read_lines
from channels.ports import TurnTaker
from knowledge_graph.errors import CrmError
from knowledge_graph.ontology.change import Proposal
from knowledge_graph.ontology.record import Value
from tools.outcomes import Table

_LOG = logging.getLogger(__name__)
Json = Value | Mapping[str, "Json"] | list["Json"]


async def chat_json(
    assistant: TurnTaker, speaker: Speaker, *, source: BinaryIO, sink: TextIO
) -> None:
    """Answer every line until the input ends.

    Args:
        assistant: Answers.
        speaker: Who writes, and in which conversation.
        source: Messages, one a line.
        sink: Gets one JSON object a line, flushed at once.
    """
    async for line in read_lines(source):
        answer = await _answer(assistant, line, speaker)
        sink.write(json.dumps(answer, ensure_ascii=False, allow_nan=False) + "\n")
        sink.flush()


async def _answer(assistant: TurnTaker, line: Line, speaker: Speaker) -> Json:
    if line.problem:
        return error_object("E-INPUT", f"{line.problem}; nothing was done", line.number)
    request = speaker.says(line.text)
    try:
        return turn_object(await assistant.turn(request))
    except CrmError as error:
        return error_object(error.code, str(error), line.number)
    except Exception:  # noqa: BLE001 - the turn boundary: a bug in one turn must not end the conversation
        _LOG.exception("turn of line %d failed", line.number)
        told = "an internal error; details are in the log. Nothing was confirmed in this turn"
        return error_object("E-INTERNAL", told, line.number)


def error_object(code: str, message: str, line: int) -> Json:
    """Return the object that stands for a line that could not be answered."""
    return {"error": {"code": code, "message": message}, "line": line}


def turn_object(reply: TurnReply) -> Json:
    """Return a turn in exactly the published shape."""
    question, refusal = reply.question, reply.refusal
    return {
        "turn": reply.turn,
        "reply": reply_text(reply),
        "lang": reply.lang,
        "tool_calls": [
            {"name": c.name, "args": _plain(c.args), "outcome": c.outcome} for c in reply.tool_calls
        ],
        "proposal": None if reply.proposal is None else _proposal(reply.proposal),
        "question": None
        if question is None
        else {
            "text": question.text,
            "options": [{"label": o.label, "reply": o.reply} for o in question.options],
        },
        "refusal": None if refusal is None else {"reason": refusal.reason, "id": refusal.id},
        "evidence": [
            {
                "id": e.id,
                "source": e.source,
                "origin": e.origin,
                "observed_at": e.observed_at,
                "quote": e.quote,
            }
            for e in reply.evidence
        ],
        "decision_id": reply.decision_id,
        "ms": reply.ms,
    }


def _proposal(proposal: Proposal) -> Json:
    return {
        "id": proposal.id,
        "summary": proposal.summary,
        "count": proposal.count,
        "changes": [
            {
                "kind": change.ref.kind,
                "id": change.ref.id,
                "field": field,
                "before": _plain(change.before.get(field)),
                "after": _plain(change.after.get(field)),
            }
            for change in proposal.change_set.changes
            for field in dict.fromkeys([*change.before, *change.after])
        ],
    }


def reply_text(reply: TurnReply) -> str:
    """Return all that a turn says: notices, the reply, and its table as lines of text."""
    table = [] if reply.table is None or _told(reply.reply, reply.table) else _rows(reply.table)
    return "\n".join([*reply.notices, reply.reply, *table])


def _told(text: str, table: Table) -> bool:
    """Whether the reply itself already names every row."""
    return all(not row or row[0] in text for row in table.rows)


def _rows(table: Table) -> list[str]:
    return [" | ".join(table.columns), *(" | ".join(row) for row in table.rows)]


def _plain(value: object) -> Json:
    """Return a value as JSON has it; what JSON does not know becomes text."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return str(value)
