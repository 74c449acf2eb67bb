"""recall_knowledge: quotes from documents and interactions that answer a question, or "not found"."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge_graph.language.results import Ask
from knowledge_graph.ontology.access import Role
from knowledge_graph.ontology.record import RecordRef
from tools.asking import Session, question_of
from tools.outcomes import ToolQuestion, ToolResult
from tools.recall.answer import answer, distinct, nothing
from tools.recall.args import RecallKnowledgeArgs
from tools.recall.relevance import Score, passes
from tools.recall.search import Found, Memory, rank_passages, withheld_around
from tools.recall.subject import Subject, subject_of
from tools.recall.words import content_words

_WINDOW = 0.25
"""Passages that are so much worse than the best are not quoted beside it."""
_AROUND_COVERAGE = 0.5
_AROUND_FOCUS = 0.3
_AROUND_RANK = 0.45
"""Among one customer's own texts less is enough: hardly anything else is meant."""


async def recall_knowledge(
    args: RecallKnowledgeArgs, session: Session, memory: Memory
) -> ToolResult:
    """Return quotes that answer a question, each with its origin, or that there are none.

    Args:
        args: The question, and whom or what it is about.
        session: The session of the call.
        memory: Embedder, vectors and words.
    """
    about = await _about(args.about, session)
    if isinstance(about, ToolQuestion):
        return about
    if not content_words(args.question):
        lang = session.run.lang
        text = "想了解什么？" if lang == "zh" else "What would you like to know?"
        return ToolQuestion(text=text, code="missing_argument", slot="question")
    subject = subject_of(args.question, session.language.vocabulary.names, about)
    if session.run.actor.role is Role.CUSTOMER and about is None:
        subject = _nobodys(subject)
    found = await rank_passages(args.question, subject, session, memory)
    good = _good(found, subject, memory)
    cited = distinct(good, limit=1 if _one_is_meant(subject) else 3)
    if not cited:
        reason = await withheld_around(subject, session)
        return nothing(subject.parties[:1], reason, session.run.lang)
    return answer(args.question, cited, subject.parties[:1], session)


def _good(found: Sequence[Found], subject: Subject, memory: Memory) -> list[Found]:
    """Return what may be quoted, in the order to quote it."""
    own = [f for f in found if not f.public and _is_of(f, subject)]
    if subject.parties and own and (subject.types or subject.newest):
        return _told(own, subject, memory)
    good = [f for f in found if passes(f.score, memory.thresholds)]
    if subject.parties:
        close = [f for f in own if f not in good and _close(f.score)]
        good = sorted([*good, *close], key=lambda f: -f.score.rank)
    if good:
        best = max(f.score.rank for f in good)
        good = [f for f in good if f.score.rank >= best - _WINDOW]
    if subject.personal:
        return sorted(good, key=lambda f: f.public)
    return sorted(good, key=lambda f: not f.public)


def _told(own: Sequence[Found], subject: Subject, memory: Memory) -> list[Found]:
    """Return what was said with a customer in the sort of contact asked for, newest first."""
    kinds = [f for f in own if f.passage.ref.kind == "interaction"]
    typed = [f for f in kinds if not subject.types or f.seen.record.get("type") in subject.types]
    if content_words(subject.plain):
        fitting = [f for f in typed if passes(f.score, memory.thresholds) or _close(f.score)]
        return sorted(fitting, key=lambda f: (f.at, f.score.rank), reverse=True)
    return sorted(typed, key=lambda f: (f.at, -f.passage.position), reverse=True)


def _is_of(found: Found, subject: Subject) -> bool:
    """Return whether a passage is from what surrounds the named customer, the gate's filter of `candidates`."""
    return bool(subject.parties) and found.passage.ref.kind != "employee"


def _close(score: Score) -> bool:
    """Return whether a text of the named customer answers."""
    near = score.coverage >= _AROUND_COVERAGE or score.focus >= _AROUND_FOCUS
    return near and score.rank >= _AROUND_RANK


def _one_is_meant(subject: Subject) -> bool:
    """Return whether the question asks for the last mail, call, … and for nothing in it."""
    return subject.newest and bool(subject.types) and not content_words(subject.plain)


def _nobodys(subject: Subject) -> Subject:
    """Return the subject without the records it names: a customer is told of himself only."""
    return Subject(
        parties=(),
        personal=False,
        rest=subject.rest,
        plain=subject.plain,
        types=subject.types,
        newest=subject.newest,
    )


async def _about(text: str, session: Session) -> RecordRef | ToolQuestion | None:
    """Return the record that the question is about; a customer's is always his own."""
    if session.run.actor.role is Role.CUSTOMER:
        return await session.own_record()
    if not text:
        return None
    found = session.resolve(text)
    return question_of(found, "about") if isinstance(found, Ask) else found.value
