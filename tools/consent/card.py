"""The data card of a person: every field with its origin, the ground on which we may use it, and until when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from knowledge_graph.consent import Consents, GrantTerms, Ruling
from knowledge_graph.errors import NotFoundError
from knowledge_graph.graph import Seen
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ontology.fields import FieldSpec, Tier
from knowledge_graph.ontology.record import Origin, RecordRef
from knowledge_graph.ontology.subject import company_behind
from tools.asking import Session
from tools.consent.service import ConsentDesk
from tools.context import Lang
from tools.grounds import purpose_word, reason_word, tier_word
from tools.outcomes import Focus, Table, ToolOk, ToolResult
from tools.writing import Writer, say, writer_for

Status = Literal["granted", "basis", "company", "closed", "withheld"]
"""By a grant of the person; on another recorded ground; no personal data; seen by the person alone; masked."""
ICONS: dict[Status, str] = {
    "granted": "◷",
    "basis": "✓",
    "company": "·",
    "closed": "⊘",
    "withheld": "⊘",
}
_STATUS: dict[Status, tuple[str, str]] = {
    "granted": ("本人授权", "granted"),
    "basis": ("有依据", "on a ground"),
    "company": ("非个人信息", "not personal"),
    "closed": ("对员工遮住", "masked for our staff"),
    "withheld": ("已遮住", "withheld"),
}


@dataclass(frozen=True, kw_only=True)
class CardField:
    """One field of the card."""

    name: str
    label: str
    value: str
    """As people read it; empty when it is withheld."""
    withheld: str
    """Why it is not shown, a stable code; empty when it is shown."""
    tier: Tier | None
    place: str
    """System and file: "newsletter · opens.csv"."""
    row: int | None
    observed_at: str
    ground: str
    """`grant:ID`, `basis:ID`; empty where there is none, or none is needed."""
    until: str
    """When this ground ends or is looked at again."""
    status: Status


@dataclass(frozen=True, kw_only=True)
class Card:
    """All that is kept about a person in the person's own record, as one reader may see it."""

    person: RecordRef
    title: str
    purpose: str
    at: str
    fields: tuple[CardField, ...]
    grants: tuple[GrantTerms, ...]


async def card_of(person: RecordRef, session: Session, desk: ConsentDesk) -> Card:
    """Return the card of a person for one reader and purpose.

    Args:
        person: A contact or a lead.
        session: Who reads, for what.
        desk: Knows the grounds.

    Raises:
        NotFoundError: There is no such person for this reader.
    """
    seen = await session.record(person)
    if seen is None:
        raise NotFoundError(f"there is nobody {person}")
    write, consents = await writer_for(session, [seen]), await desk.book.current()
    kind = session.schema.kind(person.kind)
    access = session.run.access
    specs = [s for s in kind.fields.values() if _stands_on_card(seen, s)]
    return Card(
        person=person,
        title=seen.record.title,
        purpose=access.purpose,
        at=access.at,
        fields=tuple(_field(seen, s, write, _ground(seen, s, consents, access)) for s in specs),
        grants=await desk.terms_of(person),
    )


def _stands_on_card(seen: Seen, spec: FieldSpec) -> bool:
    """Return whether a field has a value, or a mask that tells nothing of whether it has one."""
    if spec.name in seen.withheld:
        return spec.tier is not None
    return seen.record.get(spec.name) not in {None, "", ()}


def _ground(seen: Seen, spec: FieldSpec, consents: Consents, access: Access) -> Ruling | None:
    """Return on which ground we may use a field; None for what is not personal."""
    if spec.tier is None or spec.name in seen.withheld:
        return None
    if access.actor.role is not Role.CUSTOMER:
        return seen.grounds.get(spec.name)
    # The person sees the own data by the own right; the card tells what our people may do with it.
    ours = replace(access, actor=Actor(role=Role.SALES, id=""))
    business = company_behind(seen.record.kind, seen.record.values)
    return consents.rule(seen.record.ref, spec.tier, ours, business=business)


def _field(seen: Seen, spec: FieldSpec, write: Writer, ground: Ruling | None) -> CardField:
    hidden = seen.withheld.get(spec.name)
    origin = None if hidden is not None else seen.record.origin_of(spec.name)
    text = "" if hidden else write.value(seen.record.get(spec.name), spec)
    allowed = ground is not None and ground.allowed
    return CardField(
        name=spec.name,
        label=write.label(spec),
        value=" ".join(text.split()),
        withheld=hidden.reason if hidden else "",
        tier=spec.tier,
        place=_place(origin),
        row=None if origin is None else origin.row,
        observed_at="" if origin is None else origin.observed_at,
        ground=ground.basis if ground is not None and allowed else "",
        until=ground.until if ground is not None and allowed else "",
        status=_status(spec, hidden is not None, ground),
    )


def _status(spec: FieldSpec, hidden: bool, ground: Ruling | None) -> Status:
    if hidden:
        return "withheld"
    if spec.tier is None:
        return "company"
    if ground is None or not ground.allowed:
        return "closed"
    return "granted" if ground.basis.startswith("grant:") else "basis"


def _place(origin: Origin | None) -> str:
    return "" if origin is None else " · ".join(p for p in (origin.system, origin.place) if p)


async def shown_card(person: RecordRef, session: Session, desk: ConsentDesk) -> ToolResult:
    """Return the card as the chat shows it."""
    card, lang = await card_of(person, session, desk), session.run.lang
    purpose = purpose_word(card.purpose, lang)
    lines = [
        say(
            lang,
            f"{card.title} 的数据卡（用途：{purpose}）",
            f"Data card of {card.title} (purpose: {purpose})",
        ),
        *(f"{ICONS[f.status]} {f.label}: {_shown(f, lang)}{_until(f, lang)}" for f in card.fields),
    ]
    columns = (
        ("字段", "内容", "类别", "来源", "记录于", "状态", "有效至")
        if lang == "zh"
        else ("Field", "Value", "Kind", "From", "Recorded", "Status", "Until")
    )
    return ToolOk(
        text="\n".join(lines),
        table=Table(columns=columns, rows=tuple(_row(f, lang) for f in card.fields)),
        focus=Focus(refs=(person,)),
        data={"kind": person.kind, "id": person.id},
    )


def _row(field: CardField, lang: Lang) -> tuple[str, ...]:
    row = say(lang, f" 第 {field.row} 行", f", row {field.row}") if field.row else ""
    return (
        field.label,
        _shown(field, lang),
        tier_word(field.tier, lang) if field.tier else "—",
        f"{field.place}{row}",
        field.observed_at.replace("T", " ").removesuffix("Z"),
        f"{ICONS[field.status]} {status_word(field.status, lang)}",
        field.until.replace("T", " ").removesuffix("Z") or "—",
    )


def status_word(status: Status, lang: Lang) -> str:
    """Return what a status is called.

    >>> status_word("granted", "en")
    'granted'
    """
    return _STATUS[status][lang == "en"]


def _shown(field: CardField, lang: Lang) -> str:
    if not field.withheld:
        return field.value
    why = reason_word(field.withheld, lang)
    return say(lang, f"•••（{why}）", f"••• (withheld: {why})")


def _until(field: CardField, lang: Lang) -> str:
    if field.status != "granted":
        return ""
    at = field.until.replace("T", " ").removesuffix("Z") + " UTC"
    return say(lang, f"（授权至 {at}）", f" (granted until {at})")
