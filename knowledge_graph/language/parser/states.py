"""Words for a state that follows from fields: open deals, overdue tasks."""

from __future__ import annotations

from knowledge_graph.expression.nodes import And, Compare, Condition, Field, In, Known
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.dictionary import Clause, StateTerm
from knowledge_graph.language.parser.build import negated
from knowledge_graph.language.parser.times import TODAY


def state_condition(state: StateTerm) -> Condition:
    """Return what a word for a state stands for."""
    if state.condition is not None:
        return state.condition
    return simplified(And(args=tuple(_clause(clause) for clause in state.where)))


def _clause(clause: Clause) -> Condition:
    term = Field(id=clause.field)
    if clause.empty:
        return negated(Known(term=term))
    if clause.before_today:
        return Compare(op="lt", term=term, value=TODAY)
    found = simplified(In(term=term, values=clause.values))
    return negated(found) if clause.negated else found
