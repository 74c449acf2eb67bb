"""Which rules mean something else once the dictionary says something else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from knowledge_graph.language.results import LanguageContext
from knowledge_graph.language.rules.compiler import RuleCompiler
from knowledge_graph.language.rules.results import RuleCompiled
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.meaning import content_hash


@dataclass(frozen=True, kw_only=True)
class Touched:
    """A rule whose sentence is read otherwise with the new dictionary; the rule itself stays as it is."""

    rule: str
    """Its id and version, joined by @."""
    how: Literal["changed", "no_longer_read"]
    now: RuleContract | None = None
    """The rule as its sentence would compile now."""


def touched_by(
    compiler: RuleCompiler, rules: Iterable[RuleContract], context: LanguageContext
) -> tuple[Touched, ...]:
    """Return the rules that a change of the dictionary touches.

    Args:
        compiler: Over the new dictionary.
        rules: The rules in force; those without a source sentence are passed over.
        context: The clock, the time zone and the currency.
    """
    found = []
    for rule in rules:
        if not rule.source.text:
            continue
        result = compiler.compile(rule.source.text, context)
        if not isinstance(result, RuleCompiled):
            found.append(Touched(rule=rule.ref, how="no_longer_read"))
            continue
        now = replace(rule, contract=result.contract)
        if content_hash(now) != content_hash(rule):
            found.append(Touched(rule=rule.ref, how="changed", now=now))
    return tuple(found)
