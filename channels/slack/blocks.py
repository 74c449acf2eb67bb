"""A turn as Block Kit. Pure: no call to Slack is made here.

Limits (Slack's reference, checked by slack_sdk's models): 50 blocks, section text 3,000, button text 75,
table 100 rows of 20 columns and one table a message, about 13,000 characters in all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    MarkdownTextObject,
    SectionBlock,
    TableBlock,
)

from agents.turn import TurnReply
from channels.inbound import Answer
from channels.ports import Button
from channels.words import say
from knowledge_graph.ontology.change import Proposal
from knowledge_graph.ontology.record import Value
from tools.context import Lang
from tools.outcomes import Table

SECTION_CHARS = 2900
TABLE_ROWS = 40
TABLE_COLUMNS = 20
CELL_CHARS = 80
SHOWN_CHANGES = 10
SHOWN_EVIDENCE = 9
ACTION_PREFIX = "guanxi:"


@dataclass(frozen=True, kw_only=True)
class SlackMessage:
    """What chat.postMessage gets."""

    text: str
    """For notifications and screen readers; always there."""
    blocks: tuple[Block, ...]


def escaped(text: str) -> str:
    """Return text that Slack shows as it is: no mention, link or channel alert can be smuggled in.

    >>> escaped("<!channel> & <@U1>")
    '&lt;!channel&gt; &amp; &lt;@U1&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, limit: int) -> str:
    """Return at most `limit` characters, an ellipsis for the rest.

    >>> cut("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


def sections(text: str) -> list[Block]:
    """Return text as sections, split at line ends, at most 6 of them."""
    parts: list[str] = [""]
    for line in escaped(text).split("\n"):
        for start in range(0, max(1, len(line)), SECTION_CHARS):
            piece = line[start : start + SECTION_CHARS]
            if len(parts[-1]) + len(piece) + 1 > SECTION_CHARS:
                parts.append("")
            parts[-1] += piece + "\n"
    found = [part.strip("\n") for part in parts if part.strip()]
    return [SectionBlock(text=MarkdownTextObject(text=part, verbatim=True)) for part in found[:4]]


def _context(text: str) -> Block:
    return ContextBlock(elements=[MarkdownTextObject(text=cut(text, 1900), verbatim=True)])


def table_blocks(table: Table, lang: Lang) -> list[Block]:
    """Return a table block, and how many rows did not fit."""
    rows = [table.columns, *table.rows[:TABLE_ROWS]]
    cells = [
        [{"type": "raw_text", "text": cut(cell, CELL_CHARS) or " "} for cell in row[:TABLE_COLUMNS]]
        for row in rows
    ]
    blocks: list[Block] = [TableBlock(rows=cells)]
    rest = len(table.rows) - TABLE_ROWS
    return blocks if rest <= 0 else [*blocks, _context(say("more_rows", lang, n=rest))]


def _value(value: Value) -> str:
    if value is None or value == "":
        return "–"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def proposal_blocks(proposal: Proposal, lang: Lang) -> list[Block]:
    """Return a proposal: its summary, the first changes before → after, and the count."""
    lines = []
    for change in proposal.change_set.changes[:SHOWN_CHANGES]:
        names = dict.fromkeys([*change.before, *change.after])
        fields = "; ".join(
            f"{escaped(name)}: ~{escaped(cut(_value(change.before.get(name)), CELL_CHARS))}~ → "
            f"*{escaped(cut(_value(change.after.get(name)), CELL_CHARS))}*"
            for name in list(names)[:8]
        )
        lines.append(f"• *{escaped(cut(change.title, CELL_CHARS))}*  {fields}")
    rest = proposal.count - SHOWN_CHANGES
    if rest > 0:
        lines.append(f"_{say('more', lang, n=rest)}_")
    kicker = f"{say('proposal', lang)} · {say('records', lang, n=proposal.count)}"
    body = cut("\n".join(lines), SECTION_CHARS)
    return [
        _context(kicker),
        SectionBlock(text=MarkdownTextObject(text=f"*{escaped(cut(proposal.summary, 500))}*")),
        SectionBlock(text=MarkdownTextObject(text=body, verbatim=True)),
        *[_context(escaped(warning)) for warning in proposal.warnings[:3]],
    ]


def button_block(buttons: Sequence[Button]) -> list[Block]:
    """Return the row of buttons: each value is an opaque id."""
    elements = [
        ButtonElement(
            text=cut(button.label, 75),
            action_id=f"{ACTION_PREFIX}{number}",
            value=button.id,
            style="primary" if button.text.startswith("/confirm") else None,
        )
        for number, button in enumerate(buttons[:20])
    ]
    return [ActionsBlock(elements=elements, block_id="guanxi-actions")] if elements else []


def reply_message(reply: TurnReply, buttons: Sequence[Button]) -> SlackMessage:
    """Return a turn as one message.

    Args:
        reply: The turn.
        buttons: Those that were kept for it.
    """
    lang = reply.lang
    blocks: list[Block] = [_context(escaped(notice)) for notice in reply.notices[:2]]
    said = reply.question.text if reply.question is not None else reply.reply
    if reply.proposal is not None:
        blocks += proposal_blocks(reply.proposal, lang)
    else:
        blocks += sections(said)
    if reply.refusal is not None and reply.refusal.reason != said:
        blocks += sections(reply.refusal.reason)
    if reply.table is not None and reply.table.rows:
        blocks += table_blocks(reply.table, lang)
    blocks += button_block(buttons)
    if reply.evidence:
        lines = [
            f"{escaped(cut(e.source, 80))} · {escaped(cut(e.origin, 80))} · {escaped(e.observed_at)}"
            for e in reply.evidence[:SHOWN_EVIDENCE]
        ]
        blocks.append(_context(f"*{say('evidence', lang)}*\n" + "\n".join(lines)))
    return SlackMessage(text=cut(escaped(said), 3000) or "…", blocks=tuple(blocks))


def answer_message(answer: Answer, buttons: Sequence[Button]) -> SlackMessage:
    """Return a reply or a failure as one message.

    Args:
        answer: What the desk returned.
        buttons: Those that were kept for it.

    Raises:
        ValueError: The answer is neither.
    """
    if answer.worded is not None:
        return reply_message(answer.worded, buttons)
    failure = answer.failure
    if failure is None:
        raise ValueError("an answer is a reply or a failure")
    text = say("failed", failure.lang, code=failure.code, message=failure.message)
    return SlackMessage(text=cut(escaped(text), 3000), blocks=tuple(sections(text)))


def pressed_blocks(blocks: Sequence[Mapping[str, object]], note: str) -> list[Mapping[str, object]]:
    """Return the blocks of a message whose button was pressed: a note stands in place of the buttons.

    Args:
        blocks: As the press brought them.
        note: What was pressed.
    """
    kept = [block for block in blocks if block.get("type") != "actions"]
    return [*kept, _context(escaped(note)).to_dict()]
