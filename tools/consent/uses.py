"""Who used a person's data, when, what of it and what for: read from the ledger, without any value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge_graph.consent_ports import BoardEntry, Ledger
from knowledge_graph.errors import NotAllowedError
from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.ontology.record import RecordRef
from tools.asking import Session
from tools.context import Lang
from tools.grounds import TIERS, purpose_word, tier_word
from tools.outcomes import Focus, Table, ToolOk, ToolResult
from tools.writing import say

OVERSEERS = frozenset({Role.STEWARD, Role.MANAGER, Role.OWNER})
"""Who may see how everybody's data is used; a customer sees the own uses."""
_SHOWN = 20
_TYPES: dict[str, tuple[str, str]] = {
    "use.answered": ("使用", "used"),
    "consent.requested": ("请求授权", "consent asked for"),
    "grant.issued": ("授权", "granted"),
    "grant.withdrawn": ("撤回授权", "withdrawn"),
    "restricted": ("限制使用", "restricted"),
    "unrestricted": ("解除限制", "restriction lifted"),
    "rectification.asked": ("请求更正", "correction asked for"),
    "rectification.decided": ("更正已决定", "correction decided"),
    "data.exported": ("导出", "exported"),
}


@dataclass(frozen=True, kw_only=True)
class UseRow:
    """One entry of a person's in the ledger."""

    n: int
    """Counts the person's entries from 1."""
    seq: int
    """Place in the ledger."""
    at: str
    type: str
    actor: str
    purpose: str
    tiers: tuple[str, ...]
    fields: tuple[str, ...]
    """`kind.field`; never a value."""
    basis: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class UseFilter:
    """Which entries are wanted; empty: all of them."""

    purpose: str = ""
    actor: str = ""
    since: str = ""
    """UTC instant or day, inclusive."""
    until: str = ""
    """UTC instant or day, exclusive."""
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, kw_only=True)
class UsePage:
    """Some entries, newest first, and how many fit in all."""

    rows: tuple[UseRow, ...]
    total: int


def check_overseer(actor: Actor) -> None:
    """Return when an actor may see how other people's data is used.

    Raises:
        NotAllowedError: He may not.
    """
    if actor.role not in OVERSEERS:
        raise NotAllowedError(f"{actor.role} may not see how people's data is used")


async def uses_of(ledger: Ledger, person: RecordRef, wanted: UseFilter) -> UsePage:
    """Return what the ledger has of a person; who may ask was decided before.

    Args:
        ledger: The ledger.
        person: Whose.
        wanted: Which entries.
    """
    rows = [_row(entry) for entry in await ledger.entries(person)]
    fitting = [row for row in reversed(rows) if _fits(row, wanted)]
    page = fitting[wanted.offset : wanted.offset + wanted.limit]
    return UsePage(rows=tuple(page), total=len(fitting))


def _fits(row: UseRow, wanted: UseFilter) -> bool:
    return (
        wanted.purpose in {"", row.purpose}
        and wanted.actor.casefold() in row.actor.casefold()
        and (not wanted.since or row.at >= wanted.since)
        and (not wanted.until or row.at < wanted.until)
    )


def _row(entry: BoardEntry) -> UseRow:
    facts = entry.facts
    return UseRow(
        n=entry.n,
        seq=entry.seq,
        at=entry.at,
        type=entry.type,
        actor=_one(facts.get("actor", "")),
        purpose=_one(facts.get("purpose", "")),
        tiers=_many(facts.get("tiers") or facts.get("tier", ())),
        fields=_many(facts.get("fields", ())),
        basis=_one(facts.get("basis", "")),
        channel=_one(facts.get("channel", "")),
    )


def _one(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _many(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) and value else tuple(value)


async def shown_uses(person: RecordRef, session: Session, ledger: Ledger) -> ToolResult:
    """Return the newest entries as the chat shows them.

    Raises:
        NotAllowedError: The actor sees neither everybody's uses nor is the person.
    """
    if session.run.actor.role is not Role.CUSTOMER:
        check_overseer(session.run.actor)
    lang = session.run.lang
    page = await uses_of(ledger, person, UseFilter(limit=_SHOWN))
    seen = await session.record(person)
    title = seen.record.title if seen else person.id
    told = say(
        lang, f"{title} 的数据：共 {page.total} 次记录", f"Data of {title}: {page.total} entries"
    )
    if page.total > len(page.rows):
        told += say(lang, f"，最近 {len(page.rows)} 次：", f", the newest {len(page.rows)}:")
    columns = (
        ("时间", "谁", "做什么", "用途", "哪些信息")
        if lang == "zh"
        else ("When", "Who", "What", "For", "Which data")
    )
    return ToolOk(
        text=told,
        table=Table(columns=columns, rows=_cells(page.rows, lang)),
        focus=Focus(refs=(person,)),
        data={"count": page.total},
    )


def _cells(rows: Sequence[UseRow], lang: Lang) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            row.at.replace("T", " ").removesuffix("Z"),
            row.actor,
            type_word(row.type, lang),
            purpose_word(row.purpose, lang) if row.purpose else "—",
            say(lang, "、", ", ").join(tier_word(t, lang) for t in TIERS if t.value in row.tiers)
            or "—",
        )
        for row in rows
    )


def type_word(type_: str, lang: Lang) -> str:
    """Return what an entry of the ledger is called.

    >>> type_word("grant.withdrawn", "zh")
    '撤回授权'
    """
    return _TYPES.get(type_, (type_, type_))[lang == "en"]
