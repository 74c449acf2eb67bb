"""find_records: lists, counts and totals over a filter sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from knowledge_graph.expression.nodes import Field as Term
from knowledge_graph.expression.nodes import Query, Sort
from knowledge_graph.expression.resolve import fields_of
from knowledge_graph.graph import SeenPage
from knowledge_graph.language.results import Compiled
from knowledge_graph.language.vocabulary import entity_of
from knowledge_graph.ontology.evidence import evidence_of
from knowledge_graph.ontology.fields import FieldSpec
from tools.asking import Session
from tools.outcomes import Focus, ToolOk, ToolQuestion, ToolResult
from tools.records.args import FindRecordsArgs
from tools.records.asked_fields import answers, asked_fields
from tools.records.currencies import left_out
from tools.records.field_words import field_named, unknown_field
from tools.records.first_place import first_place
from tools.records.measuring import answer_measure, condition_words
from tools.records.render import COLUMNS, table_of
from tools.records.selecting import Selection, compile_query, refs_in, select
from tools.writing import Writer, say, writer_for

_ROWS = 20
_MAX_COLUMNS = 9
_DESCENDING = re.compile(
    r"\b(?:descending|desc|highest first|largest first|newest first|latest first)\b"
    r"|降序|倒序|从高到低|从大到小|从新到旧"
)
_ASCENDING = re.compile(
    r"\b(?:ascending|asc|lowest first|smallest first|oldest first)\b|升序|从低到高|从小到大|从旧到新"
)


async def find_records(args: FindRecordsArgs, session: Session) -> ToolResult:
    """Return records, or numbers over them.

    Args:
        args: What to find, in words.
        session: The session of the call.
    """
    compiled = await compile_query(args.kind, args.where, session)
    names_records = bool(refs_in(args.where)) or not isinstance(compiled, Compiled)
    if names_records and args.where and not args.measure:
        chosen = await select(args.kind, args.where, session)
        if not isinstance(chosen, Selection):
            return chosen
        return await _named(chosen, args.fields, session)
    if not isinstance(compiled, Compiled):
        return compiled
    query = compiled.value
    if args.sort:
        sort = _sorts(args.sort, query.entity, session)
        if isinstance(sort, ToolQuestion):
            return sort
        query = replace(query, sort=sort)
    limited = query
    if args.limit is not None:
        limited = replace(query, limit=min(args.limit, query.limit or args.limit))
    if args.measure:
        return await answer_measure(replace(compiled, value=limited), args.measure, session)
    return await _listed(query, limited, args.fields, session)


async def _named(chosen: Selection, fields: str, session: Session) -> ToolResult:
    """Return records that were named one by one."""
    page = SeenPage(records=chosen.records, total=len(chosen.records))
    asked = asked_fields(fields, chosen.kind, session)
    if isinstance(asked, ToolQuestion):
        return asked
    return await _page_result(page, None, _Shown(kind=chosen.kind, asked=asked), session)


async def _listed(query: Query, limited: Query, fields: str, session: Session) -> ToolResult:
    """Return the first rows of a query and how many there are; "them" are then those of `limited`."""
    run = session.run
    shared, first = await first_place(limited, session)
    if shared is not limited:
        query = limited = shared
    rows = min(limited.limit or _ROWS, 200)
    page = await session.graph.find(query, run.access, now=run.now, limit=rows)
    kind = session.schema.kind(query.entity).name
    asked = asked_fields(fields, kind, session)
    if isinstance(asked, ToolQuestion):
        return asked
    result = await _page_result(page, limited, _Shown(kind=kind, asked=asked), session)
    return replace(result, text=first + result.text) if first and not asked else result


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """The kind of the records of a page, and the fields that were asked for."""

    kind: str
    asked: tuple[FieldSpec, ...]


async def _page_result(
    page: SeenPage, query: Query | None, shown: _Shown, session: Session
) -> ToolOk:
    """Return a page as text, table, evidence and focus."""
    write = await writer_for(session, page.records)
    refs = tuple(s.record.ref for s in page.records)
    text = answers(page.records, shown.asked, write) if page.total == len(refs) else ""
    columns = _columns(shown, query, session)
    text = text or _headline(page, await condition_words(query, session), shown.kind, write)
    return ToolOk(
        text=text + (await left_out(query, session) if query else ""),
        evidence=tuple(evidence_of(s.record) for s in page.records),
        table=table_of(page.records, columns, write) if refs else None,
        focus=Focus(query=query, refs=refs[:50]),
        data={"count": page.total},
    )


def _headline(page: SeenPage, words: str, kind: str, write: Writer) -> str:
    """Return how many there are, what they have in common, and how many are not shown."""
    shown, total, lang = len(page.records), page.total, write.lang
    what = say(lang, f"（{words}）", f" ({words})") if words else ""
    if not total:
        nouns = write.counted(2, kind).removeprefix("2 ")
        return say(lang, f"没有符合的{nouns[1:]}{what}。", f"No {nouns} match{what}.")
    head = write.counted(total, kind)
    if shown == total:
        return say(lang, f"共 {head}{what}。", f"{head}{what}.")
    more = total - shown
    return say(
        lang,
        f"共 {head}{what}，先列出前 {shown} 条，另有 {more} 条。",
        f"{head}{what}. The first {shown} are shown; {more:,} more.",
    )


def _columns(shown: _Shown, query: Query | None, session: Session) -> tuple[FieldSpec, ...]:
    """Return the name and what was asked, the kind's usual columns and those that the question looks at."""
    kind = shown.kind
    fields = session.schema.kind(kind).fields
    prefix = f"{entity_of(kind)}."
    tested = [f.removeprefix(prefix) for f in fields_of(query) if f.startswith(prefix)]
    asked = [spec.name for spec in shown.asked]
    usual = COLUMNS.get(kind, ("name",))
    names = dict.fromkeys((*usual[:1], *asked, *usual, *tested))
    known = [fields[n] for n in names if n in fields and fields[n].derivation is None]
    return tuple(known[:_MAX_COLUMNS])


def _sorts(text: str, entity: str, session: Session) -> tuple[Sort, ...] | ToolQuestion:
    """Return the order that words ask for, or the question back."""
    found = []
    for part in filter(None, re.split(r"\s*(?:[;,；，、]|\bthen\b|然后)\s*", text)):
        descending = _DESCENDING.search(part) is not None
        words = _ASCENDING.sub("", _DESCENDING.sub("", part)).strip()
        words = re.sub(r"^(?:sorted |ordered )?by |^按", "", words).strip()
        info = field_named(words, entity, session.language.vocabulary)
        if info is None:
            return unknown_field(words, entity, session, slot="sort")
        found.append(Sort(term=Term(id=info.id), descending=descending))
    return tuple(found)
