"""The task `rules`: a sentence must become the expected contract, question or refusal (docs/evals.md).

A contract is scored by what it does: the same outcome, trigger and actions, and a condition that agrees with
the expected one on every probe. What should have been asked back or refused and was compiled is harmful.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import cast

from pydantic import BaseModel, ConfigDict, Field

from evals.report import Row
from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.results import LanguageContext
from knowledge_graph.language.rules.compiler import RuleCompiler
from knowledge_graph.language.rules.reply import reply_json

_NOW = datetime(2026, 3, 18, 4, tzinfo=UTC)
_BESIDE = "semantic-dictionary.yaml"
"""A dictionary of this name beside the case file is the one that its sentences speak."""
Tree = dict[str, object]
Facts = Mapping[str, object]


class Probe(BaseModel):
    """Facts of one customer, and whether the rule fires on them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    facts: dict[str, object]
    fires: bool


class RuleCase(BaseModel):
    """A rule as a business person typed it, and what must come of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    lang: str = "en"
    level: str = ""
    text: str
    tags: tuple[str, ...] = ()
    expect: dict[str, object]
    probes: tuple[Probe, ...] = Field(default=())


@cache
def _compiler(folder: Path) -> RuleCompiler:
    beside = folder / _BESIDE
    return RuleCompiler(Dictionary.load(beside if beside.exists() else None))


def score_rule(case: RuleCase, folder: Path) -> Row:
    """Compile a case's sentence and score it.

    Args:
        case: The sentence and the expectation.
        folder: Where the case file lies.

    Returns:
        The row to print.
    """
    got = cast(Tree, reply_json(_compiler(folder).compile(case.text, LanguageContext(now=_NOW))))
    wrong = tuple(_wrong(case, got))
    harmful = got["outcome"] == "compile" and bool(wrong)
    return Row(id=case.id, passed=not wrong, harmful=harmful, wrong=wrong, output=(got,))


def _wrong(case: RuleCase, got: Tree) -> list[str]:
    expect = case.expect
    if got["outcome"] != expect["outcome"]:
        return [
            f"{got['outcome']} ({got.get('reason', '')}), not {expect['outcome']}: {got.get('question', '')}"
        ]
    if expect["outcome"] != "compile":
        return _wrong_question(expect, got)
    accepted = cast(list[Tree], expect.get("also_accept", []))
    first = _wrong_contract(expect, got, case.probes)
    if not first or any(not _wrong_contract({**expect, **other}, got, ()) for other in accepted):
        return []
    return first


def _wrong_question(expect: Tree, got: Tree) -> list[str]:
    wrong = []
    if expect.get("reason") not in {None, got.get("reason")}:
        wrong.append(f"reason {got.get('reason')}, not {expect['reason']}")
    readings = expect.get("readings")
    if readings is not None and _sorted(readings) != _sorted(got.get("readings", [])):
        wrong.append("other readings")
    return wrong


def _wrong_contract(expect: Tree, got: Tree, probes: tuple[Probe, ...]) -> list[str]:
    wrong = []
    for part, default in (
        ("trigger", None),
        ("actions", []),
        ("otherwise", []),
        ("data_sources", []),
    ):
        wanted, found = expect.get(part, default), got.get(part, default)
        if _sorted(wanted) != _sorted(found):
            wrong.append(f"{part}: {found}, not {wanted}")
    if probes:
        node = cast("Tree | None", got.get("condition"))
        wrong += [
            f"fires={not p.fires} on {p.facts}"
            for p in probes
            if holds(node, p.facts) is not p.fires
        ]
    elif _tree(expect.get("condition")) != _tree(got.get("condition")):
        wrong.append(f"condition: {got.get('condition')}, not {expect.get('condition')}")
    return wrong


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _sorted(found) for key, found in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(v) for v in value), key=_text)
    return value


def _tree(value: object) -> object:
    """Flatten nested and/or, so that conditions compare as trees whatever their brackets."""
    if isinstance(value, list):
        return sorted((_tree(v) for v in value), key=_text)
    if not isinstance(value, dict):
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    found = {key: _tree(part) for key, part in value.items()}
    if found.get("op") in {"and", "or"} and isinstance(found["args"], list):
        args: list[object] = []
        for arg in found["args"]:
            same = isinstance(arg, dict) and arg.get("op") == found["op"]
            args.extend(arg["args"] if same else [arg])
        found["args"] = sorted(args, key=_text)
    return found


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def holds(node: Tree | None, facts: Facts) -> bool:
    """Return whether a condition in the published form holds on a probe's facts.

    >>> holds({"op": "lt", "term": "customer.nps", "value": 0}, {"customer.nps": -1})
    True
    """
    if node is None:
        return True
    op, args = str(node["op"]), cast(list[Tree], node.get("args", []))
    match op:
        case "and":
            return all(holds(arg, facts) for arg in args)
        case "or":
            return any(holds(arg, facts) for arg in args)
        case "not":
            return not holds(args[0], facts)
        case "at_least":
            return sum(holds(arg, facts) for arg in args) >= cast(int, node["n"])
        case "held_for":
            held = facts.get(f"held_for:{_text(args[0])}:{node['unit']}")
            return isinstance(held, int | float) and held >= cast(int, node["n"])
        case _:
            return _leaf(op, node, facts)


def _leaf(op: str, node: Tree, facts: Facts) -> bool:
    term = node["term"]
    fact = facts.get(term if isinstance(term, str) else _text(term))
    if fact is None:
        return False
    if op == "in":
        return fact in cast(list[object], node["values"])
    if op == "has":
        return isinstance(fact, list) and node["value"] in fact
    one, other = _number(fact), _number(node["value"])
    if one is None or other is None:
        return fact == node["value"] if op == "eq" else op == "ne" and fact != node["value"]
    signs = {
        "eq": one == other, "ne": one != other, "gt": one > other, "ge": one >= other, "lt": one < other,
        "le": one <= other,
    }  # fmt: skip
    return signs[op]


def _number(value: object) -> Fraction | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return Fraction(str(value))
    try:
        return Fraction(value) if isinstance(value, str) and "/" in value else None
    except ValueError:
        return None
