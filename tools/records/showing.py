"""show_record: one record with the origin of each field, and what is connected with it."""

from __future__ import annotations

from knowledge_graph.errors import NotFoundError
from knowledge_graph.graph import Seen, SeenNeighbourhood
from knowledge_graph.language.results import Ask
from knowledge_graph.language.vocabulary import entity_of
from knowledge_graph.ontology.access import Role
from knowledge_graph.ontology.evidence import Evidence, evidence_of
from knowledge_graph.ontology.fields import FieldSpec
from knowledge_graph.ontology.record import RecordRef
from tools.asking import Session, question_of
from tools.grounds import reason_word
from tools.outcomes import Focus, Table, ToolOk, ToolResult
from tools.records.args import ShowRecordArgs
from tools.records.field_words import field_named, unknown_field
from tools.records.selecting import refs_in
from tools.writing import Writer, say, writer_for

OWN_WORDS = frozenset({"", "me", "myself", "my record", "我", "我自己", "本人"})
"""How a customer names himself."""
_NEIGHBOURS = 60
_NAMED = 3
"""Neighbours of a kind that are called by name."""


async def show_record(args: ShowRecordArgs, session: Session) -> ToolResult:
    """Return one record as a card.

    Args:
        args: Which record.
        session: The session of the call.

    Raises:
        NotFoundError: There is no such record for this actor.
    """
    if session.run.actor.role is Role.CUSTOMER:
        ref = await _own(args.record, session)
    else:
        refs = refs_in(args.record)
        found = refs[0] if len(refs) == 1 else session.resolve(args.record)
        if isinstance(found, Ask):
            return question_of(found, "record")
        ref = found if isinstance(found, RecordRef) else found.value
    seen = await session.record(ref)
    if seen is None:
        raise NotFoundError(f"there is no record {ref}")
    if args.field:
        return await _one_field(args.field, seen, session)
    around = None
    if all(change.ref != ref for change in session.run.drafted):
        around = await session.graph.neighbourhood(ref, session.run.access, limit=_NEIGHBOURS)
    return await _card(seen, around, session)


async def _own(words: str, session: Session) -> RecordRef:
    """Return the contact that the customer is, if he asks for it: whatever else he names is not there for him.

    Raises:
        NotFoundError: He asks for another record, or we keep none of him.
    """
    own = await session.own_record()
    if own is None:
        raise NotFoundError("we keep no record of you")
    if words.strip().casefold() in OWN_WORDS or refs_in(words) == (own,):
        return own
    named = await session.record(own)
    if named is not None and words.strip().casefold() in {
        str(named.record.get(f) or "").casefold() for f in ("name", "email")
    }:
        return own
    raise NotFoundError("there is no such record")


async def _one_field(words: str, seen: Seen, session: Session) -> ToolResult:
    """Return one field of a record, or the question which field is meant."""
    lang, entity = session.run.lang, entity_of(seen.record.kind)
    info = field_named(words, entity, session.language.vocabulary)
    spec = (
        None
        if info is None
        else session.schema.kind(seen.record.kind).fields.get(info.id.partition(".")[2])
    )
    if spec is None:
        return unknown_field(words, entity, session, slot="field")
    write = await writer_for(session, [seen])
    known = spec.name in seen.withheld or seen.record.get(spec.name) not in {None, "", ()}
    label, title = write.label(spec), seen.record.title
    if not known:
        nothing = say(lang, f"{title}：{label}没有记录。", f"{title}: no {label} on file.")
        return ToolOk(text=nothing, focus=Focus(refs=(seen.record.ref,)))
    cited = () if spec.name in seen.withheld else (evidence_of(seen.record, spec.name),)
    return ToolOk(
        text=say(
            lang,
            f"{title} · {label}：{_shown(seen, spec, write)}",
            f"{title} · {label}: {_shown(seen, spec, write)}",
        ),
        evidence=cited,
        focus=Focus(refs=(seen.record.ref,)),
        data={"kind": seen.record.kind, "id": seen.record.id, "field": spec.name},
    )


async def _card(seen: Seen, around: SeenNeighbourhood | None, session: Session) -> ToolResult:
    """Return the card of a record."""
    write, lang = await writer_for(session, [seen]), session.run.lang
    fields = [
        spec
        for spec in session.schema.kind(seen.record.kind).fields.values()
        if _masked(seen, spec) or seen.record.get(spec.name) not in {None, "", ()}
    ]
    kind = write.vocabulary.label(entity_of(seen.record.kind), lang)
    lines = [say(lang, f"{kind}：{seen.record.title}", f"{seen.record.title} ({kind})")]
    lines += [f"{write.label(spec)}: {_shown(seen, spec, write)}" for spec in fields]
    near = _connected(around, write) if around else ""
    if near:
        lines.append(near)
    cited = [evidence_of(seen.record, f.name) for f in fields if f.name not in seen.withheld]
    return ToolOk(
        text="\n".join(lines),
        evidence=tuple(cited),
        table=_table(fields, seen, cited, write),
        focus=Focus(refs=(seen.record.ref,)),
        data={"kind": seen.record.kind, "id": seen.record.id},
    )


def _masked(seen: Seen, spec: FieldSpec) -> bool:
    """Return whether a field is shown as a mask; what is not for this role at all is not mentioned."""
    reason = seen.withheld.get(spec.name)
    return reason is not None and reason.reason != "role"


def _shown(seen: Seen, spec: FieldSpec, write: Writer) -> str:
    """Return a value, or the mask with the reason why it is withheld."""
    reason = seen.withheld.get(spec.name)
    if reason is not None:
        why = reason_word(reason.reason, write.lang)
        return say(write.lang, f"•••（{why}）", f"••• (withheld: {why})")
    text = write.value(seen.record.get(spec.name), spec, seen.record.get("currency"))
    return " ".join(text.split())  # a note cannot pose as a line of the card


def _table(fields: list[FieldSpec], seen: Seen, cited: list[Evidence], write: Writer) -> Table:
    """Return the fields as rows with their origins."""
    places = {e.id: f"{e.origin} · {e.observed_at}" if e.origin else "" for e in cited}
    rows = [
        (
            write.label(spec),
            _shown(seen, spec, write),
            places.get(f"{seen.record.ref}#{spec.name}", ""),
        )
        for spec in fields
    ]
    lang = write.lang
    columns = (
        (say(lang, "字段", "Field")),
        (say(lang, "内容", "Value")),
        (say(lang, "来源", "From")),
    )
    return Table(columns=columns, rows=tuple(rows), refs=tuple(seen.record.ref for _ in rows))


def _connected(around: SeenNeighbourhood, write: Writer) -> str:
    """Return what is connected with the record: counts by kind and the first names."""
    by_kind: dict[str, list[str]] = {}
    for seen in around.records:
        by_kind.setdefault(seen.record.kind, []).append(seen.record.title)
    parts = []
    for kind, titles in by_kind.items():
        named = say(write.lang, "、", ", ").join(titles[:_NAMED])
        more = say(write.lang, " 等", ", …") if len(titles) > _NAMED else ""
        counted = write.counted(len(titles), kind)
        parts.append(say(write.lang, f"{counted}（{named}{more}）", f"{counted} ({named}{more})"))
    if not parts:
        return ""
    full = len(around.records) >= _NEIGHBOURS
    head = say(write.lang, "相关：", "Connected: ")
    tail = say(write.lang, "（仅列最近的）", " (the nearest only)") if full else ""
    return head + say(write.lang, "；", "; ").join(parts) + tail
