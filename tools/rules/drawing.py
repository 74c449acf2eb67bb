"""A firing as a picture: the rule, the facts that its clauses read, what was done and where it came from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from knowledge_graph.rule_ports import Effect, FiringEntry
from knowledge_graph.rules.contract import RuleContract
from tools.rules.explaining import cause_text, effect_text
from tools.rules.wording import say

_W, _ROW, _PAD = 300, 46, 16
_COLOURS = {
    "rule": "#dbeafe",
    "fact": "#f1f5f9",
    "firing": "#fde68a",
    "done": "#bbf7d0",
    "waiting": "#e2e8f0",
    "held": "#fed7aa",
    "failed": "#fecaca",
}


def firing_svg(
    entry: FiringEntry,
    rule: RuleContract,
    effects: Sequence[Effect],
    customer: str,
    lang: str,
) -> str:
    """Return a firing as SVG: facts on the left, the firing in the middle, effects on the right.

    Args:
        entry: The firing.
        rule: The version that fired.
        effects: What it did.
        customer: What the customer is called.
        lang: The reader's language.
    """
    proof = json.loads(entry.proof)
    facts = [f"{_short(k)} = {_value(v)}" for k, v in proof.get("facts", {}).items()]
    left = [("rule", f"{rule.ref} · {rule.author}"), *(("fact", f) for f in facts)]
    right = [(e.state, effect_text(e, lang)) for e in effects]
    rows = max(len(left), len(right), 1)
    height = rows * _ROW + 2 * _PAD
    middle = height / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {3 * _W + 160} {height}" '
        f'font-family="sans-serif" font-size="12">',
        f"<title>{escape(say(lang, f'{rule.ref} 对 {customer} 的触发', f'{rule.ref} for {customer}'))}</title>",
    ]
    for n, (kind, text) in enumerate(left):
        y = _PAD + n * _ROW
        parts.append(_box(_PAD, y, text, _COLOURS[kind]))
        parts.append(_edge(_PAD + _W, y + 16, _W + 80, middle))
    parts.append(
        _box(
            _W + 80,
            middle - 16,
            f"{customer} · {cause_text(entry.cause, lang)}",
            _COLOURS["firing"],
        )
    )
    for n, (state, text) in enumerate(right):
        y = _PAD + n * _ROW
        parts.append(_box(2 * _W + 140, y, text, _COLOURS[state]))
        parts.append(_edge(2 * _W + 80, middle, 2 * _W + 140, y + 16))
    return "".join([*parts, "</svg>"])


def _box(x: float, y: float, text: str, colour: str) -> str:
    shown = text if len(text) <= 44 else text[:43] + "…"
    return (
        f'<g><title>{escape(text)}</title><rect x="{x}" y="{y}" width="{_W}" height="32" rx="6" '
        f'fill="{colour}" stroke="#64748b"/><text x="{x + 8}" y="{y + 20}">{escape(shown)}</text></g>'
    )


def _edge(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#94a3b8"/>'


def _short(key: str) -> str:
    """Return a fact's key for people: an aggregate by what it counts.

    >>> _short('{"agg": "sum", "field": "order.amount", "over": "order"}')
    'sum order.amount'
    """
    if not key.startswith("{"):
        return key
    found = json.loads(key)
    window = found.get("window") or {}
    span = f" {window.get('n', '')} {window.get('unit', '')}".rstrip() if window else ""
    return f"{found.get('agg')} {found.get('field') or found.get('over')}{span}"


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
