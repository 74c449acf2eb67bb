"""Quotes with origin and date, the sources' own words: what is alike is quoted once and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge_graph.ontology.evidence import Evidence, evidence_of
from knowledge_graph.ontology.record import RecordRef
from tools.asking import Session
from tools.context import Lang
from tools.grounds import reason_word
from tools.outcomes import Focus, ToolOk
from tools.recall.passages import sentences
from tools.recall.search import Found
from tools.recall.words import asked, coverage, terms, weights

_QUOTES = 3
_QUOTE_CHARS = 300
_ALIKE = 0.6
"""Share of common words from which two passages say the same; names and numbers make the difference."""


@dataclass(frozen=True, kw_only=True)
class Cited:
    """A passage to quote, and how many more there are that say the same."""

    found: Found
    alike: int = 0


def distinct(found: Sequence[Found], *, limit: int = _QUOTES) -> tuple[Cited, ...]:
    """Return the first passages that do not say the same as an earlier one, with the count of those that do.

    Args:
        found: Best first.
        limit: At most so many.
    """
    kept: list[Found] = []
    words: list[frozenset[str]] = []
    counts: list[int] = []
    for one in found:
        mine = terms(one.passage.text)
        same = [n for n, w in enumerate(words) if _alike(kept[n], w, one, mine)]
        if same:
            counts[same[0]] += 1
        else:
            kept.append(one)
            words.append(mine)
            counts.append(0)
    return tuple(Cited(found=f, alike=n) for f, n in zip(kept[:limit], counts, strict=False))


def _alike(first: Found, has: frozenset[str], other: Found, mine: frozenset[str]) -> bool:
    """Return whether two passages of one kind of record share most of their words."""
    if " ".join(first.passage.text.split()) == " ".join(other.passage.text.split()):
        return True
    if (
        first.public or other.public
    ):  # two rows of a data sheet are alike in form, not in what they say
        return False
    return len(has & mine) >= _ALIKE * len(has | mine)


def answer(
    question: str, cited: Sequence[Cited], about: Sequence[RecordRef], session: Session
) -> ToolOk:
    """Return the quotes; the words are the sources', never ours.

    Args:
        question: The question.
        cited: What to quote, at least one.
        about: Whom it is about.
        session: The session of the call.
    """
    lang = session.run.lang
    refs = tuple(dict.fromkeys((*about, *(c.found.seen.record.ref for c in cited))))
    evidence = [_evidence(question, one.found) for one in cited]
    head = "资料里是这样写的：" if lang == "zh" else "This is what is on file:"
    lines = [
        _line(n, e, c, lang) for n, (e, c) in enumerate(zip(evidence, cited, strict=True), start=1)
    ]
    return ToolOk(
        text="\n".join([head, *lines]),
        evidence=tuple(evidence),
        focus=Focus(refs=refs),
        data={"found": len(cited)},
    )


def nothing(about: tuple[RecordRef, ...], withheld: str, lang: Lang) -> ToolOk:
    """Return that no quote answers, and that there are texts that may not be used, if so.

    Args:
        about: Whom the question is about.
        withheld: Why texts around them are withheld; empty: none are.
        lang: Of the reply.
    """
    zh = lang == "zh"
    text = (
        "没有找到：现有的文档和往来记录里没有能回答这个问题的内容。"
        if zh
        else "Not found: nothing in the documents and interactions on file answers this."
    )
    if withheld:
        why = reason_word(withheld, lang)
        text += (
            f"与此人的往来内容未予读取（{why}）。"
            if zh
            else f" What was said with them is withheld: {why}."
        )
    return ToolOk(text=text, data={"found": 0}, focus=Focus(refs=about) if about else None)


def _line(number: int, evidence: Evidence, cited: Cited, lang: str) -> str:
    """Return one quote with where it stands, when it was said, where it came from, and how many are like it."""
    context = cited.found.passage.context
    place = context if context.startswith(evidence.source) else evidence.source
    notes = [n for n in (cited.found.at[:10], evidence.origin) if n]
    more = ""
    if cited.alike:
        more = f"；另有 {cited.alike} 条类似的" if lang == "zh" else f"; {cited.alike} more like it"
    shown = f" ({' · '.join(notes)})" if notes else ""
    return f"{number}. “{evidence.quote}” — {place}{shown}{more}"


def _evidence(question: str, found: Found) -> Evidence:
    """Return the evidence of one passage, with the words to quote."""
    passage = found.passage
    words = quote_for(question, passage.text)
    quote = f"{passage.heading}: {words}" if passage.heading else words
    base = evidence_of(found.seen.record, passage.field, quote)
    return Evidence(
        id=f"passage:{passage.id}",
        source=base.source,
        origin=base.origin,
        observed_at=base.observed_at,
        quote=base.quote,
        ref=base.ref,
    )


def quote_for(question: str, text: str) -> str:
    """Return the sentences of a passage that have most of the question's words, on one line.

    >>> quote_for("How long is the warranty?", "The warranty lasts  five years.")
    'The warranty lasts five years.'
    """
    flat = " ".join(text.split())
    if len(flat) <= _QUOTE_CHARS:
        return flat
    parts = [" ".join(s.split()) for s in sentences(text)]
    weight, units = weights(parts), asked(question)
    scores = [coverage(units, terms(part), weight) for part in parts]
    best = max(range(len(parts)), key=lambda n: (scores[n], -n))
    start = end = best
    while True:
        wider = [(start, end + 1), (start - 1, end)]
        fits = [
            (a, b)
            for a, b in wider
            if a >= 0 and b < len(parts) and len(" ".join(parts[a : b + 1])) <= _QUOTE_CHARS
        ]
        if not fits:
            break
        start, end = fits[0]
    quote = " ".join(parts[start : end + 1])
    cut = len(quote) > _QUOTE_CHARS or end < len(parts) - 1
    return f"{'… ' if start else ''}{quote[:_QUOTE_CHARS]}{' …' if cut else ''}"
