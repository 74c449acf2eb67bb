"""Conditions decided by Z3: where intervals alone are not exact. Imported on demand (60 MB, 0.1 s).

Unknown is a value of its own, as in boxes. Beyond what boxes know, a number over a period is no more than the
same over a longer one, and what has held for a while holds now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import permutations
from typing import Any

import z3

from knowledge_graph.expression import nodes as e
from knowledge_graph.expression.boxes import Domain, Domains, domain_of, streak_key, term_key
from knowledge_graph.expression.codec import canonical, to_json
from knowledge_graph.language.rules.containment import period_of
from knowledge_graph.rules.facts import FactValue

LIMIT_MS = 50
"""After which a question is given up as not decided."""


@dataclass(frozen=True, kw_only=True)
class Solved:
    """What the solver found."""

    answer: bool | None
    """None: not decided within the limit."""
    facts: dict[str, FactValue] | None = None
    """An example, where the answer is True."""


@dataclass
class _Model:
    """Variables by key, and what is true of all of them."""

    domains: Domains
    known: dict[str, Any] = field(default_factory=dict)
    numbers: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, Any] = field(default_factory=dict)
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    opaque: dict[str, Any] = field(default_factory=dict)
    codes: dict[str | bool, int] = field(default_factory=dict)
    axioms: list[Any] = field(default_factory=list)

    def is_known(self, key: str) -> Any:
        if key not in self.known:
            self.known[key] = z3.Bool(f"known {key}")
        return self.known[key]

    def number(self, key: str) -> Any:
        if key not in self.numbers:
            domain = domain_of(key, self.domains) or Domain()
            self.numbers[key] = z3.Int(key) if domain.whole else z3.Real(key)
            self._bound(self.numbers[key], domain)
        return self.numbers[key]

    def _bound(self, variable: Any, domain: Domain) -> None:
        if domain.low is not None:
            self.axioms.append(variable >= _exact(domain.low))
        if domain.high is not None:
            self.axioms.append(variable <= _exact(domain.high))

    def text(self, key: str) -> Any:
        if key not in self.texts:
            self.texts[key] = z3.Int(f"text {key}")
            domain = domain_of(key, self.domains)
            if domain is not None and domain.values is not None:
                allowed = [self.texts[key] == self.code(v) for v in sorted(domain.values, key=str)]
                self.axioms.append(z3.Or(*allowed))
        return self.texts[key]

    def code(self, value: str | bool) -> int:
        return self.codes.setdefault(value, len(self.codes))

    def member(self, key: str, value: str) -> Any:
        found = self.members.setdefault(key, {})
        if value not in found:
            found[value] = z3.Bool(f"{key} has {value}")
        return found[value]

    def of(self, node: e.Condition) -> Any:
        match node:
            case e.And():
                return z3.And(*(self.of(arg) for arg in node.args))
            case e.Or():
                return z3.Or(*(self.of(arg) for arg in node.args))
            case e.Not():
                return z3.Not(self.of(node.arg))
            case e.AtLeast():
                return z3.AtLeast(*(self.of(arg) for arg in node.args), node.n)
            case e.HeldFor():
                return self._streak(node)
            case _:
                return self._leaf(node)

    def _streak(self, node: e.HeldFor) -> Any:
        key = streak_key(node)
        held = z3.And(self.is_known(key), self.number(key) >= node.n)
        self.axioms.append(z3.Implies(held, self.of(node.arg)))
        return held

    def _leaf(self, node: e.Compare | e.In | e.Has | e.Text | e.During | e.Known) -> Any:
        key = term_key(node.term)
        known = self.is_known(key)
        match node:
            case e.Known():
                return known
            case e.Has():
                return z3.And(known, self.member(key, node.value))
            case e.In():
                text = self.text(key)
                return z3.And(known, z3.Or(*(text == self.code(v) for v in node.values)))
            case e.Compare() if (found := self._compared(node, key)) is not None:
                return z3.And(known, found)
            case _:
                name = canonical(to_json(node))
                return self.opaque.setdefault(name, z3.Bool(name))

    def _compared(self, node: e.Compare, key: str) -> Any:
        value = node.value
        if isinstance(value, e.Moment) or (isinstance(value, str) and node.op not in {"eq", "ne"}):
            return None
        if isinstance(value, str | bool):
            same = self.text(key) == self.code(value)
            return same if node.op == "eq" else z3.Not(same)
        number, wanted = self.number(key), _exact(value)
        return {
            "eq": number == wanted, "ne": number != wanted, "gt": number > wanted,
            "ge": number >= wanted, "lt": number < wanted, "le": number <= wanted,
        }[node.op]  # fmt: skip

    def periods(self) -> list[Any]:
        """Return that a number over a period is no more than the same over a longer one."""
        found = [(key, period_of(key)) for key in self.numbers]
        return [
            z3.Implies(
                z3.And(self.is_known(one), self.is_known(other)),
                self.numbers[one] <= self.numbers[other],
            )
            for (one, short), (other, long) in permutations(found, 2)
            if short is not None and long is not None
            if short.same == long.same and short.days < long.days
        ]

    def facts(self, model: Any) -> dict[str, FactValue]:
        """Return the facts of a model; terms that are unknown in it are left out."""
        values = {code: value for value, code in self.codes.items()}
        found: dict[str, FactValue] = {}
        for key, known in self.known.items():
            if not z3.is_true(model.eval(known, model_completion=True)):
                continue
            if key in self.members:
                found[key] = tuple(
                    member
                    for member, variable in self.members[key].items()
                    if z3.is_true(model.eval(variable, model_completion=True))
                ) or ("-",)
            elif key in self.numbers:
                found[key] = _number(model.eval(self.numbers[key], model_completion=True))
            elif key in self.texts:
                code = model.eval(self.texts[key], model_completion=True).as_long()
                found[key] = values.get(code, "-")
            else:
                found[key] = "-"
        return found


def _exact(value: float | Fraction) -> Any:
    exact = Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    return z3.RatVal(exact.numerator, exact.denominator)


def _number(value: Any) -> float:
    if z3.is_int_value(value):
        return int(value.as_long())
    exact = Fraction(value.numerator_as_long(), value.denominator_as_long())
    return exact.numerator if exact.denominator == 1 else float(exact)


def solve(condition: e.Condition, domains: Domains, *, limit_ms: int = LIMIT_MS) -> Solved:
    """Return whether a condition can hold.

    Args:
        condition: Any condition.
        domains: What terms can be.
        limit_ms: How long to try.

    Returns:
        The answer, with an example where it is yes.
    """
    model = _Model(domains=domains)
    wanted = model.of(condition)
    solver = z3.Solver()
    solver.set("timeout", limit_ms)
    solver.add(wanted, *model.periods(), *model.axioms)
    answer = solver.check()
    if answer == z3.sat:
        return Solved(answer=True, facts=model.facts(solver.model()))
    return Solved(answer=False if answer == z3.unsat else None)
