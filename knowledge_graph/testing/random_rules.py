"""Random rules and random facts, the same for the same seed: for differential tests and benchmarks.

Four enumerations, twelve numbers, one set; rules of two to four clauses, some with an "or", some with a "not".
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from knowledge_graph.expression.boxes import Domain, Domains
from knowledge_graph.expression.nodes import (
    Aggregate,
    And,
    AtLeast,
    Compare,
    Condition,
    Field,
    Has,
    HeldFor,
    In,
    Known,
    Not,
    Op,
    Or,
    Rolling,
    Term,
)
from knowledge_graph.language.rules.results import RuleAction
from knowledge_graph.ontology.intent_contract import Action, IntentContract, Trigger
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.facts import WITHHELD, FactValue, fact_key, streak_key

_ENUMS = {
    "customer.industry": ("pv_manufacturing", "auto_parts", "machinery", "chemicals", "saas"),
    "customer.region": ("east", "south", "north", "central", "southwest", "apac"),
    "customer.tier": ("A", "B", "C", "D"),
    "customer.lifecycle": ("lead", "trial", "active", "paused", "churned"),
}
_SERVICES = ("remote_diagnosis", "training", "spare_parts", "energy_audit", "extended_warranty")
_WHOLE = {
    "customer.nps": (-100, 100), "customer.employee_count": (0, 5000), "customer.sub_accounts": (0, 200),
    "customer.trial_day": (0, 60), "customer.days_since_contact": (0, 365), "customer.health_score": (0, 100),
}  # fmt: skip
_OPS: tuple[Op, ...] = ("gt", "ge", "lt", "le")
_POOLS = ("strategic_lighthouse", "churn_watch", "nurture", "dormant", "key_accounts")
SUM_3, SUM_12 = (
    Aggregate(agg="sum", over="order", field="order.amount", window=Rolling(n=n, unit="month"))
    for n in (3, 12)
)
COUNT_7, COUNT_30 = (
    Aggregate(agg="count", over="ticket", window=Rolling(n=n, unit="day")) for n in (7, 30)
)
_AMOUNTS: dict[Term, tuple[int, int]] = {
    SUM_3: (0, 10_000_000), SUM_12: (0, 30_000_000), COUNT_7: (0, 20), COUNT_30: (0, 60),
    Field(id="customer.overdue_amount"): (0, 1_000_000), Field(id="customer.line_oee"): (0, 1),
}  # fmt: skip
NUMBERS: dict[Term, tuple[int, int]] = {
    **{Field(id=name): bounds for name, bounds in _WHOLE.items()}, **_AMOUNTS,
}  # fmt: skip
SERVICES = Field(id="customer.services")
TERMS: tuple[Term, ...] = (*(Field(id=name) for name in _ENUMS), *NUMBERS, SERVICES)
"""Every term that rules and facts are about."""
DOMAINS: Domains = {
    **{name: Domain(values=frozenset(values)) for name, values in _ENUMS.items()},
    "customer.nps": Domain(low=-100, high=100, whole=True),
    "customer.health_score": Domain(low=0, high=100),
    "customer.line_oee": Domain(low=0, high=1),
}


@dataclass(frozen=True)
class RandomRules:
    """Draws rules and facts from one seed."""

    random: Random

    def rule(self, number: int) -> RuleContract:
        """Return a rule with the id "r<number>"."""
        return RuleContract(
            id=f"r{number}",
            contract=IntentContract(
                trigger=Trigger(), condition=self.condition(), actions=(self.action(),)
            ),
        )

    def rules(self, n: int) -> list[RuleContract]:
        """Return n rules."""
        return [self.rule(number) for number in range(n)]

    def action(self) -> RuleAction:
        """Return a pool, a tier or a notice."""
        kind = self.random.random()
        if kind < 0.5:
            return Action(action="pool.add", args={"pool": self.random.choice(_POOLS)})
        if kind < 0.8:
            return Action(action="tier.set", args={"tier": self.random.choice("ABCD")})
        return Action(action="notify", args={"role": "csm"})

    def condition(self) -> Condition:
        """Return two to four clauses joined by "and"; 15 % have an "or" in them, 10 % a "not"."""
        clauses: list[Condition] = [self.leaf() for _ in range(self.random.randint(2, 4))]
        if self.random.random() < 0.15:
            clauses[0] = Or(args=(clauses[0], self.leaf()))
        if self.random.random() < 0.1:
            clauses[-1] = Not(arg=clauses[-1])
        return And(args=tuple(clauses))

    def wild(self, depth: int = 2) -> Condition:
        """Return any condition: nested, with quorums, streaks, unknowns and inequalities."""
        draw = self.random.random()
        if depth == 0 or draw < 0.3:
            return self.leaf() if draw < 0.22 else self._odd()
        args = tuple(self.wild(depth - 1) for _ in range(self.random.randint(2, 3)))
        if draw < 0.55:
            return And(args=args)
        if draw < 0.75:
            return Or(args=args)
        return Not(arg=args[0]) if draw < 0.9 else AtLeast(n=2, args=args)

    def _odd(self) -> Condition:
        term, (low, high) = self.random.choice(list(NUMBERS.items()))
        op: Op = self.random.choice(("eq", "ne"))
        return self.random.choice((
            Known(term=term),
            Known(term=SERVICES),
            Compare(op=op, term=term, value=self.random.randint(low, high)),
            Compare(op="ne", term=Field(id="customer.tier"), value="A"),
            HeldFor(arg=self.leaf(), n=self.random.randint(1, 5), unit="day"),
        ))

    def leaf(self) -> Condition:
        """Return one clause on one term."""
        draw = self.random.random()
        if draw < 0.35:
            name, values = self.random.choice(list(_ENUMS.items()))
            if draw < 0.2:
                return Compare(op="eq", term=Field(id=name), value=self.random.choice(values))
            return In(term=Field(id=name), values=tuple(sorted(self.random.sample(values, 2))))
        if draw < 0.45:
            return Has(term=SERVICES, value=self.random.choice(_SERVICES))
        term, (low, high) = self.random.choice(list(NUMBERS.items()))
        return Compare(op=self.random.choice(_OPS), term=term, value=self._number(low, high))

    def _number(self, low: int, high: int) -> float:
        return round(self.random.random(), 2) if high == 1 else self.random.randint(low, high)

    def facts(
        self, *, gaps: float = 0.0, streaks: tuple[HeldFor, ...] = ()
    ) -> dict[str, FactValue]:
        """Return the facts of one record.

        Args:
            gaps: The share of facts that are missing or withheld.
            streaks: Conditions whose duration is a fact as well.
        """
        found: dict[str, FactValue] = {
            name: self.random.choice(values) for name, values in _ENUMS.items()
        }
        for term, (low, high) in NUMBERS.items():
            found[fact_key(term)] = self._number(low, high)
        n = self.random.randint(0, 3)
        found[SERVICES.id] = tuple(self.random.sample(_SERVICES, n))
        found.update({streak_key(node): self.random.randint(0, 6) for node in streaks})
        for key in list(found):
            if self.random.random() < gaps:
                found[key] = self.random.choice((None, WITHHELD))
        return found
