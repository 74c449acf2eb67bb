"""log_interaction: drafts a note of what was said with a customer."""

from __future__ import annotations

from knowledge_graph.errors import NotFoundError
from knowledge_graph.expression.nodes import Assignment
from knowledge_graph.language.recognisers import DateFound, recognise
from knowledge_graph.language.results import Ask
from knowledge_graph.language.spelling import folded
from knowledge_graph.ontology.change import Action, RecordChange
from knowledge_graph.ontology.evidence import evidence_of
from knowledge_graph.ontology.record import Record, RecordRef, Value, new_id
from tools.asking import Session, question_of
from tools.outcomes import ApprovalRequired, Focus, Option, ToolQuestion, ToolResult
from tools.records.applying import applied, frame_of
from tools.records.args import LogInteractionArgs
from tools.records.selecting import refs_in
from tools.writing import Writer, say, writer_for_refs

_ABOUT = ("account", "contact", "lead", "opportunity")
_TITLE_CHARS = 60
_TYPES = {
    "call": ("call", "phone", "phone call", "电话", "通话", "致电"),
    "meeting": ("meeting", "met", "会议", "开会", "会面", "面谈"),
    "email": ("email", "mail", "e-mail", "邮件", "电子邮件"),
    "message": ("message", "chat", "wechat", "sms", "text", "消息", "微信", "短信"),
    "visit": ("visit", "拜访", "上门", "走访"),
    "note": ("note", "备注", "笔记", "记录", ""),
}


async def log_interaction(args: LogInteractionArgs, session: Session) -> ToolResult:
    """Return the draft of an interaction, and of the dates of last contact; nothing is written.

    Args:
        args: About whom, what, when and in which words.
        session: The session of the call.

    Raises:
        NotFoundError: The party does not exist any more.
    """
    lang = session.run.lang
    kind = _type_of(args.type)
    if kind is None:
        text = say(
            lang, f"“{args.type}”是哪种互动？", f'What kind of interaction is "{args.type}"?'
        )
        options = tuple(Option(label=name, reply=name) for name in _TYPES)
        return ToolQuestion(text=text, options=options, code="unknown_term", slot="type")
    about = _about(args.about, session)
    if isinstance(about, ToolQuestion):
        return about
    happened = _happened_at(args.when, session)
    if isinstance(happened, ToolQuestion):
        return happened
    seen = await session.record(about)
    if seen is None:
        raise NotFoundError(f"there is no record {about}; nothing was changed")
    write = await writer_for_refs(session, (about,))
    values = _values(kind, seen.record, happened, args.text, write)
    if session.meaning.me:
        values["owner"] = session.meaning.me
    ref = RecordRef(kind="interaction", id=new_id())
    created = RecordChange(
        action=Action.CREATE, ref=ref, title=str(values["name"]), before={}, after=values
    )
    touched = () if kind == "note" else await _last_contact(seen.record, happened, session)
    day = frame_of(session.meaning).wall(happened).date().isoformat()
    what = write.vocabulary.value_label("interaction.type", kind, lang)
    return ApprovalRequired(
        summary=say(
            lang,
            f"记录与“{seen.record.title}”的{what}（{day}）",
            f'log a {what} with "{seen.record.title}" on {day}',
        ),
        changes=(created, *touched),
        evidence=(evidence_of(seen.record),),
        focus=Focus(refs=(about, ref)),
    )


def _type_of(word: str) -> str | None:
    """Return the type of interaction that a word names."""
    spoken = folded(word)
    return next((name for name, words in _TYPES.items() if spoken in words), None)


def _about(text: str, session: Session) -> RecordRef | ToolQuestion:
    """Return the party that is meant, or the question back."""
    refs = refs_in(text)
    if len(refs) == 1 and refs[0].kind in _ABOUT:
        return refs[0]
    found = session.resolve(text, kinds=frozenset(_ABOUT))
    return question_of(found, "about") if isinstance(found, Ask) else found.value


def _happened_at(when: str, session: Session) -> str | ToolQuestion:
    """Return the instant, UTC, or the question back: only what is read whole and is not to come counts."""
    now = session.run.access.at
    if not when:
        return now
    lang, whole = session.run.lang, when.strip()
    dates = [
        found.value
        for found in recognise(whole, session.meaning)
        if isinstance(found.value, DateFound) and (found.start, found.end) == (0, len(whole))
    ]
    if len(dates) != 1:
        text = say(lang, f"“{when}”是哪一天？", f'Which day is "{when}"?')
        return ToolQuestion(text=text, code="unknown_term", slot="when")
    assignment = Assignment(field="interaction.happened_at", value=dates[0].iso)
    blank = Record(kind="interaction", id="new", values={})
    instant = str(applied(blank, [assignment], session.schema, session.meaning)["happened_at"])
    frame = frame_of(session.meaning)
    if frame.wall(instant).date() == frame.today and len(dates[0].iso) == len("2026-01-01"):
        return now
    if instant > now:
        text = say(
            lang, "这个时间还没到，是哪一天发生的？", "That is in the future. When did it happen?"
        )
        return ToolQuestion(text=text, code="contradiction", slot="when")
    return instant


def _values(kind: str, party: Record, happened: str, text: str, write: Writer) -> dict[str, Value]:
    """Return the values of the interaction: the party and what it belongs to."""
    words = " ".join(text.split())
    label = write.vocabulary.value_label("interaction.type", kind, write.lang)
    title = say(write.lang, f"与{party.title}的{label}", f"{label} with {party.title}")
    if words:
        title = words if len(words) <= _TITLE_CHARS else words[: _TITLE_CHARS - 1] + "…"
    values: dict[str, Value] = {"name": title, "type": kind, party.kind: party.id}
    for field in ("account", "contact"):
        if field != party.kind and party.get(field):
            values[field] = party.get(field)
    values["happened_at"] = happened
    if text.strip():
        values["text"] = text.strip()
    return values


async def _last_contact(party: Record, happened: str, session: Session) -> tuple[RecordChange, ...]:
    """Return the newer dates of last contact, of the party and of those it belongs to."""
    day = frame_of(session.meaning).wall(happened).date().isoformat()
    refs = [party.ref] + [
        RecordRef(kind=field, id=str(party.get(field)))
        for field in ("account", "contact")
        if field != party.kind and party.get(field)
    ]
    changes = []
    for ref in refs:
        seen = await session.record(ref)
        fields = session.schema.kind(ref.kind).fields
        if (
            seen is None
            or "last_contact_date" not in fields
            or "last_contact_date" in seen.withheld
        ):
            continue
        last = seen.record.get("last_contact_date")
        if last is None or str(last) < day:
            changes.append(
                RecordChange(
                    action=Action.UPDATE,
                    ref=ref,
                    title=seen.record.title,
                    before={"last_contact_date": last},
                    after={"last_contact_date": day},
                )
            )
    return tuple(changes)
