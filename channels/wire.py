"""One turn as JSON: the shape that `chat --json`, HTTP and the web page share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from agents.turn import TurnReply
from channels.ports import FieldWords
from knowledge_graph.ontology.change import Proposal, RecordChange
from knowledge_graph.ontology.record import Value


class Wire(BaseModel):
    """Base of all shapes that leave the process."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ToolCallOut(Wire):
    """A tool call as it happened."""

    name: str
    args: dict[str, object]
    outcome: str


class ChangeOut(Wire):
    """One field of one record, before and after."""

    kind: str
    id: str
    field: str
    before: Value
    after: Value
    action: str
    title: str
    label: str
    """What people call the field."""
    before_text: str
    """As people write it; empty for no value."""
    after_text: str


class ProposalOut(Wire):
    """Changes that wait for a yes."""

    id: str
    summary: str
    count: int
    """Records, not fields."""
    changes: tuple[ChangeOut, ...]
    status: str
    warnings: tuple[str, ...]


class OptionOut(Wire):
    """One answer to a question."""

    label: str
    reply: str


class QuestionOut(Wire):
    """The question back."""

    text: str
    options: tuple[OptionOut, ...]


class RefusalOut(Wire):
    """Why nothing was done."""

    reason: str
    id: str


class EvidenceOut(Wire):
    """One fact behind the reply."""

    id: str
    source: str
    origin: str
    observed_at: str
    quote: str


class TableOut(Wire):
    """Rows to show."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class TurnOut(Wire):
    """A whole turn."""

    turn: int
    reply: str
    lang: str
    tool_calls: tuple[ToolCallOut, ...]
    proposal: ProposalOut | None
    question: QuestionOut | None
    refusal: RefusalOut | None
    evidence: tuple[EvidenceOut, ...]
    decision_id: str
    ms: int
    table: TableOut | None
    change_id: str | None
    notices: tuple[str, ...]
    thread: str = ""


def _text(value: Value) -> str:
    if value is None:
        return ""
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _plain(change: RecordChange) -> tuple[FieldWords, ...]:
    names = dict.fromkeys([*change.before, *change.after])
    return tuple(
        FieldWords(
            field=name,
            label=name,
            before=_text(change.before.get(name)),
            after=_text(change.after.get(name)),
        )
        for name in names
    )


def _fields(change: RecordChange, words: tuple[FieldWords, ...]) -> Iterator[ChangeOut]:
    for said in words:
        yield ChangeOut(
            kind=change.ref.kind,
            id=change.ref.id,
            field=said.field,
            before=change.before.get(said.field),
            after=change.after.get(said.field),
            action=change.action.value,
            title=change.title,
            label=said.label,
            before_text=said.before,
            after_text=said.after,
        )


def proposal_out(
    proposal: Proposal,
    *,
    max_records: int | None = None,
    words: Sequence[tuple[FieldWords, ...]] = (),
) -> ProposalOut:
    """Return a proposal as JSON shape.

    Args:
        proposal: The changes that wait.
        max_records: Show the fields of at most so many records; `count` counts all of them.
        words: The first changes as people read them.
    """
    shown = proposal.change_set.changes[:max_records]
    worded = [*words[: len(shown)], *(_plain(change) for change in shown[len(words) :])]
    return ProposalOut(
        id=proposal.id,
        summary=proposal.summary,
        count=proposal.count,
        changes=tuple(
            field
            for change, said in zip(shown, worded, strict=True)
            for field in _fields(change, said)
        ),
        status=proposal.status.value,
        warnings=proposal.warnings,
    )


def turn_out(
    reply: TurnReply,
    *,
    thread: str = "",
    max_records: int | None = None,
    words: Sequence[tuple[FieldWords, ...]] = (),
) -> TurnOut:
    """Return a turn as JSON shape.

    Args:
        reply: What the assistant returned.
        thread: The conversation, for clients that did not name one.
        max_records: Limits the records shown of a proposal; None shows all.
        words: The proposal's first changes as people read them.
    """
    question, refusal, table = reply.question, reply.refusal, reply.table
    return TurnOut(
        turn=reply.turn,
        reply=reply.reply,
        lang=reply.lang,
        tool_calls=tuple(
            ToolCallOut(name=c.name, args=dict(c.args), outcome=c.outcome) for c in reply.tool_calls
        ),
        proposal=None
        if reply.proposal is None
        else proposal_out(reply.proposal, max_records=max_records, words=words),
        question=None
        if question is None
        else QuestionOut(
            text=question.text,
            options=tuple(OptionOut(label=o.label, reply=o.reply) for o in question.options),
        ),
        refusal=None if refusal is None else RefusalOut(reason=refusal.reason, id=refusal.id),
        evidence=tuple(
            EvidenceOut(
                id=e.id,
                source=e.source,
                origin=e.origin,
                observed_at=e.observed_at,
                quote=e.quote,
            )
            for e in reply.evidence
        ),
        decision_id=reply.decision_id,
        ms=reply.ms,
        table=None if table is None else TableOut(columns=table.columns, rows=table.rows),
        change_id=reply.change_id,
        notices=reply.notices,
        thread=thread,
    )
