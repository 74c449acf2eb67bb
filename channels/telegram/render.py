"""A turn as Telegram messages. Pure: HTML parse mode, everything escaped, 4,096 UTF-16 units a message."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Sequence

from agents.turn import TurnReply
from channels.inbound import Answer
from channels.words import say
from knowledge_graph.ontology.change import Proposal
from knowledge_graph.ontology.record import Value
from tools.context import Lang
from tools.outcomes import Table

MESSAGE_UNITS = 4096
CELL_WIDTH = 24
TABLE_ROWS = 30
SHOWN_CHANGES = 10
SHOWN_EVIDENCE = 6


def units(text: str) -> int:
    """Return the length as Telegram counts it: UTF-16 code units.

    >>> units("a"), units("关"), units("😀")
    (1, 1, 2)
    """
    return len(text.encode("utf-16-le")) // 2


def escaped(text: str) -> str:
    """Return text for HTML parse mode.

    >>> escaped("<b> & co")
    '&lt;b&gt; &amp; co'
    """
    return html.escape(text, quote=False)


def cut(text: str, limit: int) -> str:
    """Return at most `limit` characters, an ellipsis for the rest."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _clipped(text: str) -> str:
    text = " ".join(text.split())
    while _width(text) > CELL_WIDTH:
        text = text.rstrip("…")[:-1] + "…"
    return text


def table_lines(table: Table) -> list[str]:
    """Return a table as lines of equal width; Chinese characters count as two columns.

    >>> table_lines(Table(columns=("甲", "b"), rows=(("x", "yy"),)))
    ['甲  b', 'x   yy']
    """
    rows = [[_clipped(cell) for cell in row] for row in (table.columns, *table.rows[:TABLE_ROWS])]
    widths = [max(_width(row[i]) for row in rows) for i in range(len(table.columns))]
    return [
        "  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _value(value: Value) -> str:
    if value is None or value == "":
        return "–"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def proposal_lines(proposal: Proposal, lang: Lang) -> list[str]:
    """Return a proposal as lines of HTML: what it is, the first changes, the count."""
    kicker = f"{say('proposal', lang)} · {say('records', lang, n=proposal.count)}"
    lines = [f"<i>{escaped(kicker)}</i>", f"<b>{escaped(cut(proposal.summary, 500))}</b>", ""]
    for change in proposal.change_set.changes[:SHOWN_CHANGES]:
        lines.append(f"• <b>{escaped(cut(change.title, 80))}</b>")
        names = list(dict.fromkeys([*change.before, *change.after]))[:8]
        lines += [
            f"   {escaped(name)}: <s>{escaped(cut(_value(change.before.get(name)), 80))}</s> → "
            f"{escaped(cut(_value(change.after.get(name)), 80))}"
            for name in names
        ]
    rest = proposal.count - SHOWN_CHANGES
    if rest > 0:
        lines.append(escaped(say("more", lang, n=rest)))
    return [*lines, *(f"⚠ {escaped(cut(w, 300))}" for w in proposal.warnings[:3])]


def _pre(lines: Iterable[str]) -> list[str]:
    """Return table lines each as its own <pre> piece that `packed` may join."""
    return [f"<pre>{escaped(line)}</pre>" for line in lines]


def reply_lines(reply: TurnReply) -> list[str]:
    """Return a turn as lines of HTML; no tag spans two lines, so that it can be split anywhere."""
    lang = reply.lang
    lines = [f"<i>{escaped(notice)}</i>" for notice in reply.notices]
    said = reply.question.text if reply.question is not None else reply.reply
    if reply.proposal is not None:
        lines += proposal_lines(reply.proposal, lang)
    else:
        lines += [escaped(line) for line in said.split("\n")]
    if reply.refusal is not None and reply.refusal.reason != said:
        lines.append(escaped(reply.refusal.reason))
    if reply.table is not None and reply.table.rows:
        lines += _pre(table_lines(reply.table))
        rest = len(reply.table.rows) - TABLE_ROWS
        lines += [escaped(say("more_rows", lang, n=rest))] if rest > 0 else []
    if reply.evidence:
        lines += ["", f"<i>{escaped(say('evidence', lang))}</i>"]
        lines += [
            f"· {escaped(cut(e.source, 80))} ({escaped(cut(e.origin, 80))}, {escaped(e.observed_at)})"
            for e in reply.evidence[:SHOWN_EVIDENCE]
        ]
    return lines


def packed(lines: Sequence[str]) -> list[str]:
    """Return lines as messages, each within Telegram's limit; a longer line is broken.

    >>> [len(m) for m in packed(["a" * 4000, "b" * 4000])]
    [4000, 4000]
    """
    messages: list[str] = []
    held = ""
    for piece in (piece for line in lines for piece in _pieces(line)):
        joined = f"{held}\n{piece}" if held else piece
        if units(joined) > MESSAGE_UNITS:
            messages.append(held)
            held = piece
        else:
            held = joined
    messages.append(held)
    joined_pre = [m.replace("</pre>\n<pre>", "\n").strip() for m in messages]
    return [m for m in joined_pre if m] or ["…"]


def _pieces(line: str) -> list[str]:
    if units(line) <= MESSAGE_UNITS:
        return [line]
    # Only plain escaped text grows so long; its entities must stay whole.
    plain = html.unescape(line)
    size = MESSAGE_UNITS // 8
    return [escaped(plain[start : start + size]) for start in range(0, len(plain), size)]


def answer_messages(answer: Answer) -> list[str]:
    """Return a reply or a failure as one or more messages of HTML.

    Raises:
        ValueError: The answer is neither.
    """
    if answer.worded is not None:
        return packed(reply_lines(answer.worded))
    failure = answer.failure
    if failure is None:
        raise ValueError("an answer is a reply or a failure")
    text = say("failed", failure.lang, code=failure.code, message=failure.message)
    return packed([escaped(line) for line in text.split("\n")])
