"""Interval analysis against brute force over small facts."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_graph.expression.boxes import Domain, clash, covers, equivalent, satisfiable
from knowledge_graph.expression.nodes import (
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
    Or,
)

NPS, TIER, POOLS = Field(id="customer.nps"), Field(id="customer.tier"), Field(id="customer.pools")
DOMAINS = {
    "customer.nps": Domain(low=0, high=4, whole=True),
    "customer.tier": Domain(values=frozenset("ABC")),
}
FACTS = [
    {"nps": n, "tier": t, "pools": p}
    for n, t, p in product(
        (None, 0, 1, 2, 3, 4), (None, "A", "B", "C"), (None, (), ("x",), ("y",), ("x", "y"))
    )
]


def number(op: str, value: float) -> Compare:
    return Compare(op=op, term=NPS, value=value)  # type: ignore[arg-type]  # drawn from the operators


LEAVES = st.one_of(
    st.builds(number, st.sampled_from(("eq", "ne", "gt", "ge", "lt", "le")), st.integers(-1, 5)),
    st.builds(lambda v: Compare(op="eq", term=TIER, value=v), st.sampled_from("ABC")),
    st.builds(lambda v: Compare(op="ne", term=TIER, value=v), st.sampled_from("ABC")),
    st.builds(
        lambda v: In(term=TIER, values=tuple(sorted(v))),
        st.sets(st.sampled_from("ABC"), min_size=2),
    ),
    st.builds(lambda v: Has(term=POOLS, value=v), st.sampled_from("xy")),
    st.sampled_from((Known(term=NPS), Known(term=TIER), Known(term=POOLS))),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda a: And(args=tuple(a)), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda a: Or(args=tuple(a)), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda a: Not(arg=a), inner),
        st.builds(lambda a: AtLeast(n=2, args=tuple(a)), st.lists(inner, min_size=3, max_size=3)),
    ),
    max_leaves=6,
)


def holds(node: Condition, facts: dict) -> bool:  # noqa: C901 -- one branch a node
    match node:
        case And():
            return all(holds(a, facts) for a in node.args)
        case Or():
            return any(holds(a, facts) for a in node.args)
        case Not():
            return not holds(node.arg, facts)
        case AtLeast():
            return sum(holds(a, facts) for a in node.args) >= node.n
    value = facts[node.term.name]  # type: ignore[union-attr]  # only fields are drawn
    if isinstance(node, Has):
        return value is not None and node.value in value
    if isinstance(node, Known):
        return value is not None
    if value is None:
        return False
    if isinstance(node, In):
        return value in node.values
    other = node.value  # type: ignore[union-attr]  # only comparisons are left
    return {"eq": value == other, "ne": value != other}.get(
        node.op,  # type: ignore[union-attr]  # as above
        node.op in {"gt", "ge", "lt", "le"}  # type: ignore[union-attr]  # as above
        and {
            "gt": lambda: value > other, "ge": lambda: value >= other,
            "lt": lambda: value < other, "le": lambda: value <= other,
        }[node.op](),  # type: ignore[union-attr]  # as above
    )  # fmt: skip


@given(CONDITIONS)
@settings(max_examples=120, deadline=None)
def test_satisfiable_is_what_some_facts_satisfy(condition: Condition) -> None:
    assert satisfiable(condition, DOMAINS) is any(holds(condition, facts) for facts in FACTS)


@given(CONDITIONS, CONDITIONS)
@settings(max_examples=60, deadline=None)
def test_covers_is_inclusion(wide: Condition, narrow: Condition) -> None:
    expected = all(holds(wide, facts) for facts in FACTS if holds(narrow, facts))
    assert covers(wide, narrow, DOMAINS) in {expected, None}


def test_clash_names_the_two_clauses() -> None:
    low, high, other = number("lt", 1), number("gt", 2), Compare(op="eq", term=TIER, value="A")
    assert clash(And(args=(other, low, high))) == (low, high)
    assert clash(And(args=(other, low))) == ()


def test_out_of_range_is_one_clause() -> None:
    assert clash(number("gt", 7), DOMAINS) == (number("gt", 7),)


def test_held_for_implies_its_argument_now() -> None:
    held = HeldFor(arg=number("lt", 1), n=3, unit="day")
    assert satisfiable(And(args=(held, number("gt", 2)))) is False
    assert satisfiable(And(args=(Not(arg=held), number("gt", 2)))) is True


def test_too_many_boxes_are_not_decided() -> None:
    many = tuple(
        Or(args=tuple(Compare(op="eq", term=Field(id=f"customer.f{i}"), value=v) for v in "ab"))
        for i in range(12)
    )
    assert satisfiable(And(args=many)) is None


def test_reordered_conditions_are_equivalent() -> None:
    one = Or(args=(number("lt", 1), And(args=(number("ge", 1), number("lt", 3)))))
    assert equivalent(one, number("lt", 3), DOMAINS) is True
