"""create_record: drafts one new record, with a warning when it may exist already."""

from __future__ import annotations

from knowledge_graph.errors import BadInputError
from knowledge_graph.expression.nodes import Compare, Field, Query
from knowledge_graph.graph import Seen
from knowledge_graph.language.results import Ask
from knowledge_graph.language.vocabulary import entity_of, kind_of
from knowledge_graph.ontology.change import Action, RecordChange
from knowledge_graph.ontology.evidence import evidence_of
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.ontology.record import Record, RecordRef, Value, new_id
from knowledge_graph.scopes import KIND as OPPORTUNITY
from knowledge_graph.scopes import NONE, needs_scope
from tools.asking import Session, question_of
from tools.grounds import tier_word
from tools.outcomes import ApprovalRequired, Focus, Option, ToolQuestion, ToolResult, ToolRetry
from tools.records.applying import applied, today
from tools.records.args import CreateRecordArgs
from tools.records.selecting import entity_named
from tools.writing import Writer, say, writer_for_refs

_LIKE = 0.9
"""Names at least so alike are shown as possible duplicates."""
_CANDIDATES = 3
_MADE_BY_IMPORT = frozenset({"usage_event", "passage"})


async def create_record(args: CreateRecordArgs, session: Session) -> ToolResult:
    """Return the draft of one new record; nothing is written.

    Args:
        args: The kind and the values, in words.
        session: The session of the call.
    """
    try:
        entity = entity_named(args.kind, session.language.vocabulary)
    except BadInputError as error:
        return ToolRetry(message=str(error))
    if entity is None or kind_of(entity) in _MADE_BY_IMPORT:
        return ToolRetry(message="name the kind of the new record: customer, contact, lead, …")
    found = session.language.assignments(args.values, entity=entity, context=session.meaning)
    if isinstance(found, Ask):
        return question_of(found, "values")
    blank = Record(kind=kind_of(entity), id=new_id(), values={})
    values: dict[str, Value] = {
        name: value
        for name, value in applied(blank, found.value, session.schema, session.meaning).items()
        if value not in {None, "", ()}
    }
    missing = _missing(blank.kind, values, session) or _scope(blank.kind, values, args, session)
    if missing is not None:
        return missing
    if "created_on" in session.schema.kind(blank.kind).fields:
        values.setdefault("created_on", today(session.meaning))
    return await _draft(blank.ref, values, session)


def _missing(kind: str, values: dict[str, Value], session: Session) -> ToolQuestion | None:
    """Return the question about a required field that has no value."""
    for spec in session.schema.kind(kind).fields.values():
        if spec.required and not values.get(spec.name):
            vocabulary, lang = session.language.vocabulary, session.run.lang
            info = vocabulary.fields.get(f"{entity_of(kind)}.{spec.name}")
            label = info.label(lang) if info else spec.name
            noun = vocabulary.label(entity_of(kind), lang)
            text = say(
                lang, f"新{noun}的{label}是什么？", f"What is the {label} of the new {noun}?"
            )
            return ToolQuestion(text=text, code="missing_argument", slot="values")
    return None


def _scope(
    kind: str, values: dict[str, Value], args: CreateRecordArgs, session: Session
) -> ToolQuestion | None:
    """Return the question which data of the person on a new opportunity may be used; no answer is chosen."""
    if kind != OPPORTUNITY or not needs_scope(values):
        return None
    lang = session.run.lang
    label = say(lang, "数据使用范围", "usage scope")
    tiers = tuple(Tier)
    chosen = (*((t,) for t in tiers), (Tier.IDENTITY, Tier.TRANSACTION), tiers, ())
    options = tuple(
        Option(
            label=say(lang, "、", " + ").join(tier_word(t, lang) for t in some)
            or say(lang, "不使用个人数据", "no personal data"),
            reply="; ".join((args.values, *(f"add {label} {t}" for t in some or (NONE,)))),
        )
        for some in chosen
    )
    return ToolQuestion(
        text=say(
            lang,
            "这个商机可以使用该联系人的哪些信息？（记录为申请范围，不等于本人授权）",
            "Which of this person's data may be used for the opportunity? (kept as the scope wished for, not as"
            " the person's consent)",
        ),
        options=options,
        code="missing_argument",
        slot="values",
    )


async def _draft(ref: RecordRef, values: dict[str, Value], session: Session) -> ToolResult:
    """Return the draft with its summary and its possible duplicates."""
    lang = session.run.lang
    fields = session.schema.kind(ref.kind).fields
    targets = [
        RecordRef(kind=str(fields[n].target), id=str(v))
        for n, v in values.items()
        if fields[n].target is not None
    ]
    write = await writer_for_refs(session, targets)
    same = await _alike(ref.kind, values, session)
    title = str(values.get("name") or ref.id)
    noun = write.vocabulary.label(entity_of(ref.kind), lang)
    shown = say(lang, "，", ", ").join(
        f"{write.label(fields[n])} {write.value(v, fields[n], values.get('currency'))}"
        for n, v in values.items()
        if n not in {"name", "created_on", "stage_since"}
    )
    summary = say(lang, f"新建{noun}“{title}”", f'create {noun} "{title}"')
    if shown:
        summary += say(lang, f"（{shown}）", f" ({shown})")
    change = RecordChange(action=Action.CREATE, ref=ref, title=title, before={}, after=values)
    return ApprovalRequired(
        summary=summary,
        changes=(change,),
        warnings=tuple(_warning(s, write) for s in same),
        evidence=tuple(evidence_of(s.record) for s in same),
        focus=Focus(refs=(ref,)),
    )


async def _alike(kind: str, values: dict[str, Value], session: Session) -> tuple[Seen, ...]:
    """Return records that may be the same: by e-mail address, else by name."""
    run, refs = session.run, dict[RecordRef, None]()
    email = values.get("email")
    if email and "email" in session.schema.kind(kind).fields:
        condition = Compare(op="eq", term=Field(id=f"{entity_of(kind)}.email"), value=str(email))
        query = Query(entity=entity_of(kind), condition=condition)
        page = await session.graph.find(query, run.access, now=run.now, limit=_CANDIDATES)
        refs |= dict.fromkeys(s.record.ref for s in page.records)
    if kind in {"account", "contact", "lead", "product", "employee"} and values.get("name"):
        names = session.language.vocabulary.names
        matches = names.lookup(str(values["name"]), frozenset({kind}))
        refs |= dict.fromkeys(m.entry.ref for m in matches if m.score >= _LIKE)
    drafted = {c.ref for c in run.drafted}
    wanted = [ref for ref in refs if ref not in drafted][:_CANDIDATES]
    return await session.graph.get(wanted, run.access)


def _warning(seen: Seen, write: Writer) -> str:
    """Return the warning about one possible duplicate."""
    noun = write.vocabulary.label(entity_of(seen.record.kind), write.lang)
    title, ref = seen.record.title, seen.record.ref
    return say(
        write.lang,
        f"可能重复：已有{noun}“{title}”（@{ref}）。",
        f'Possible duplicate: there is already a {noun} "{title}" (@{ref}).',
    )
