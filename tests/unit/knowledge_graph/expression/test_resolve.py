from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from knowledge_graph.errors import AmbiguousFieldError, InvalidValueError, UnknownFieldError
from knowledge_graph.expression import nodes as e
from knowledge_graph.expression import plan as p
from knowledge_graph.expression.periods import TimeFrame
from knowledge_graph.expression.resolve import Resolver, fields_of, resolve_query
from knowledge_graph.ontology.fields import FieldSpec, FieldType
from knowledge_graph.ontology.schema import WorkspaceSchema

FRAME = TimeFrame(now=datetime(2026, 11, 23, 9, tzinfo=UTC))


def resolver(kind: str, *specs: FieldSpec) -> Resolver:
    return Resolver(schema=WorkspaceSchema().with_fields(specs), kind=kind, frame=FRAME)


def field(name: str) -> e.Field:
    return e.Field(id=name)


def compare(op: e.Op, name: str, value: e.Scalar) -> e.Compare:
    return e.Compare(op=op, term=field(name), value=value)


def test_dictionary_names_are_kinds() -> None:
    read = resolver("account").field("customer.industry")
    assert (read.hops, read.spec.id) == ((), "account.industry")


def test_one_reference_goes_before_two() -> None:
    read = resolver("contact").field("employee.name")
    assert [h.name for h in read.hops] == ["owner"]


def test_two_references_when_there_is_one_way() -> None:
    read = resolver("passage").field("product.name")
    assert [h.name for h in read.hops] == ["document", "product"]


def test_two_ways_are_an_error() -> None:
    second = FieldSpec(kind="contact", name="agency", type=FieldType.REFERENCE, target="account")
    with pytest.raises(AmbiguousFieldError, match="account, agency"):
        resolver("contact", second).field("account.name")
    with pytest.raises(AmbiguousFieldError):
        resolver("account", second).source(e.Aggregate(agg="count", over="contact"))


def test_identity_needs_no_hop() -> None:
    read = resolver("contact").field("account.id")
    assert (read.hops, read.spec.name) == ((), "account")


def test_many_related_records_are_no_field() -> None:
    with pytest.raises(UnknownFieldError, match="number over its records"):
        resolver("account").field("order.status")


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("gt", 30, ("lt", "2026-10-24")),
        ("gt", 30.5, ("lt", "2026-10-24")),
        ("ge", 30.5, ("le", "2026-10-23")),
        ("le", 30, ("ge", "2026-10-24")),
        ("eq", 0, ("eq", "2026-11-23")),
    ],
)
def test_days_since_is_a_date(op: e.Op, value: float, expected: tuple[str, str]) -> None:
    plan = resolver("account").condition(compare(op, "account.days_since_contact", value))
    assert isinstance(plan, p.Check)
    assert isinstance(plan.source, p.Read)
    assert plan.source.spec.name == "last_contact_date"
    assert (plan.op, plan.value) == expected


def test_half_a_day_is_never_equal() -> None:
    half = compare("eq", "account.days_since_contact", 1.5)
    assert resolver("account").condition(half) == p.Some()


def test_stages_have_an_order() -> None:
    plan = resolver("opportunity").condition(compare("ge", "opportunity.stage", "negotiation"))
    assert isinstance(plan, p.Check)
    assert (plan.op, plan.value) == ("in", ("lost", "negotiation", "won"))


@pytest.mark.parametrize(
    ("name", "op", "value"),
    [
        ("account.employee_count", "gt", "many"),
        ("account.employee_count", "gt", True),
        ("account.name", "gt", "M"),
        ("account.last_contact_date", "lt", 3),
        ("account.last_contact_date", "lt", "yesterday"),
        ("account.days_since_contact", "gt", 10**12),
        ("account.name", "eq", e.Moment()),
    ],
)
def test_values_must_fit(name: str, op: e.Op, value: e.Scalar) -> None:
    with pytest.raises(InvalidValueError):
        resolver("account").condition(compare(op, name, value))


@pytest.mark.parametrize(
    "node",
    [
        e.During(term=field("account.name"), window=e.Calendar(unit="day")),
        e.Text(mode="contains", term=field("account.employee_count"), value="3"),
        e.HeldFor(arg=e.Known(term=field("account.name")), n=1, unit="day"),
        e.Known(term=e.Aggregate(agg="sum", over="order")),
        e.Known(term=e.Aggregate(agg="sum", over="order", field="order.status")),
        e.Known(term=e.Aggregate(agg="avg", over="ticket", field="ticket.age_hours")),
        e.Known(term=e.Aggregate(agg="count", over="order", change="pct_prev")),
    ],
)
def test_refuses_what_has_no_meaning(node: e.Condition) -> None:
    with pytest.raises(InvalidValueError):
        resolver("account").condition(node)


def test_names_all_fields_that_are_read() -> None:
    spent = e.Aggregate(
        agg="sum",
        over="order",
        field="order.amount",
        window=e.Calendar(unit="year"),
        where=compare("eq", "order.status", "paid"),
    )
    query = e.Query(
        entity="account",
        condition=e.Not(arg=e.Compare(op="gt", term=spent, value=1)),
        sort=(e.Sort(term=field("account.name")),),
    )
    assert set(fields_of(query)) == {
        "order.amount",
        "order.ordered_on",
        "order.status",
        "account.name",
    }


def test_sort_by_days_turns_the_date_around() -> None:
    query = e.Query(entity="account", sort=(e.Sort(term=field("account.days_since_contact")),))
    (order,) = resolve_query(query, WorkspaceSchema(), FRAME).sort
    assert order.descending


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (10**18, 10**18),
        (10**30, 1e30),
        (-(10**30), -1e30),
        (Fraction(10**40, 3), 10**40 / 3),
        ("1e5", 1e5),
        (Fraction(6, 2), 3),
    ],
)
def test_numbers_are_such_as_a_database_can_hold(value: e.Scalar, expected: float) -> None:
    check = resolver("account").condition(compare("gt", "account.annual_revenue", value))
    assert isinstance(check, p.Check)
    assert (check.value, type(check.value)) == (expected, type(expected))


@pytest.mark.parametrize("value", [10**400, Fraction(10**400, 3), "9" * 5000, "1/0", "nan", "inf"])
def test_what_no_database_can_hold_is_no_number(value: e.Scalar) -> None:
    with pytest.raises(InvalidValueError):
        resolver("account").condition(compare("gt", "account.annual_revenue", value))
