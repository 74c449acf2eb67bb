"""Random expressions and random records, for property tests."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import cache

from hypothesis import strategies as st

from knowledge_graph.expression import nodes as e
from knowledge_graph.ontology.change import ChangeSet
from knowledge_graph.ontology.record import Value
from knowledge_graph.testing.sample import changes_of, create

WORDS = ("alpha", "Beta", "光伏", "光伏制造", "ß-x", "a'b", "back`tick", "İz", "")
STAGES = ("qualification", "proposal", "negotiation", "won", "lost")
DATES = (
    "2026-11-23",
    "2026-11-22",
    "2026-11-16",
    "2026-10-31",
    "2026-08-23",
    "2025-02-28",
    "2027-01-01",
)
INSTANTS = tuple(f"{d}T{t}Z" for d in DATES for t in ("00:00:00", "08:59:59", "23:59:59"))
NUMBERS = (0, 1, 2, 2.5, 3, 10, -1, 0.1)

# by subject: text terms, number terms, date and instant terms, set terms, boolean terms
TERMS: dict[str, tuple[tuple[str, ...], ...]] = {
    "account": (
        ("account.name", "account.industry", "account.city", "account.owner", "employee.name"),
        ("account.employee_count", "account.health_score", "account.days_since_contact",
         "account.days_to_renewal", "account.trial_day"),
        ("account.last_contact_date", "account.contract_end", "account.updated_at"),
        ("account.services", "account.tags"),
        (),
    ),
    "contact": (
        ("contact.name", "contact.city", "account.industry", "account.owner", "contact.account"),
        ("account.employee_count", "contact.days_since_contact", "account.days_since_contact"),
        ("contact.birthday", "account.last_contact_date"),
        ("contact.tags", "account.services"),
        ("contact.consent_marketing",),
    ),
    "opportunity": (
        ("opportunity.stage", "account.name", "contact.name", "product.category"),
        ("opportunity.amount", "opportunity.win_probability", "opportunity.days_in_stage"),
        ("opportunity.close_date", "account.contract_end"),
        ("account.tags",),
        (),
    ),
    "ticket": (
        ("ticket.status", "ticket.name", "account.city", "customer.industry"),
        ("ticket.age_hours", "ticket.csat", "account.health_score"),
        ("ticket.opened_at", "ticket.resolved_at"),
        ("account.services",),
        (),
    ),
}  # fmt: skip
OVER = {
    "account": (
        ("order", "order.amount"),
        ("ticket", "ticket.csat"),
        ("opportunity", "opportunity.amount"),
    ),
    "contact": (("ticket", "ticket.csat"), ("opportunity", "opportunity.amount")),
    "opportunity": (("contract", "contract.value"),),
    "ticket": (),
}

units = st.sampled_from(("minute", "hour", "day", "week", "month", "quarter", "year"))
windows: st.SearchStrategy[e.Window] = st.one_of(
    st.builds(e.Rolling, n=st.integers(1, 12) | st.integers(-6, -1), unit=units),
    st.builds(e.Calendar, unit=units, offset=st.integers(-4, 3)),
    st.builds(
        e.Between, start=st.none() | st.sampled_from(DATES), end=st.none() | st.sampled_from(DATES)
    ),
)
moments = st.builds(
    e.Moment, n=st.integers(-12, 12), unit=units, edge=st.sampled_from(("none", "start", "end"))
)
ops = st.sampled_from(("eq", "ne", "gt", "ge", "lt", "le"))
numbers = (
    st.sampled_from(NUMBERS)
    | st.integers(-400, 400)
    | st.builds(Fraction, st.integers(-9, 9), st.integers(1, 9))
)
words = st.sampled_from(WORDS)


def fields(names: tuple[str, ...]) -> st.SearchStrategy[e.Field]:
    return st.sampled_from(names).map(lambda name: e.Field(id=name))


@st.composite
def aggregates(draw: st.DrawFn, subject: str) -> e.Aggregate:
    over, field = draw(st.sampled_from(OVER[subject]))
    agg = draw(st.sampled_from(("count", "sum", "avg", "max", "min")))
    window = draw(st.none() | st.builds(e.Rolling, n=st.integers(1, 9), unit=st.just("month")))
    where = draw(st.none() | leaves(over)) if over in TERMS else None
    change = draw(st.sampled_from((None, None, "pct_prev"))) if window else None
    counted = None if agg == "count" and draw(st.booleans()) else field
    return e.Aggregate(agg=agg, over=over, field=counted, window=window, where=where, change=change)


@cache
def leaves(subject: str, *, deep: bool = False) -> st.SearchStrategy[e.Condition]:
    texts, nums, times, sets, bools = TERMS[subject]
    number_terms = fields(nums) | (aggregates(subject) if deep and OVER[subject] else fields(nums))
    options: list[st.SearchStrategy[e.Condition]] = [
        st.builds(e.Compare, op=st.sampled_from(("eq", "ne")), term=fields(texts), value=words),
        st.builds(
            e.In,
            term=fields(texts),
            values=st.frozensets(words, max_size=3).map(lambda v: tuple(sorted(v))),
        ),
        st.builds(
            e.Text,
            mode=st.sampled_from(("contains", "starts", "ends")),
            term=fields(texts + sets),
            value=words,
        ),
        st.builds(e.Compare, op=ops, term=number_terms, value=numbers),
        st.builds(
            e.Compare, op=ops, term=fields(times), value=moments | st.sampled_from(DATES + INSTANTS)
        ),
        st.builds(e.During, term=fields(times), window=windows),
        st.builds(e.Has, term=fields(sets), value=words),
        st.builds(e.Compare, op=st.sampled_from(("eq", "ne")), term=fields(sets), value=words),
        st.builds(e.Known, term=fields(texts + nums + times + sets)),
    ]
    if bools:
        options.append(
            st.builds(
                e.Compare, op=st.sampled_from(("eq", "ne")), term=fields(bools), value=st.booleans()
            )
        )
    if subject == "opportunity":
        options.append(
            st.builds(
                e.Compare,
                op=ops,
                term=fields(("opportunity.stage",)),
                value=st.sampled_from(STAGES),
            )
        )
    return st.one_of(options)


@cache
def conditions(subject: str) -> st.SearchStrategy[e.Condition]:
    """Conditions of any shape that a store can answer."""

    def grown(inner: st.SearchStrategy[e.Condition]) -> st.SearchStrategy[e.Condition]:
        some = st.lists(inner, min_size=0, max_size=3).map(tuple)
        return st.one_of(
            st.builds(e.And, args=some),
            st.builds(e.Or, args=some),
            st.builds(e.Not, arg=inner),
            st.builds(e.AtLeast, n=st.integers(0, 3), args=some),
        )

    return st.recursive(leaves(subject, deep=True), grown, max_leaves=5)


def queries() -> st.SearchStrategy[e.Query]:
    """Queries about any subject."""
    return st.sampled_from(sorted(TERMS)).flatmap(queries_about)


@cache
def queries_about(subject: str) -> st.SearchStrategy[e.Query]:
    texts, nums, times, sets, bools = TERMS[subject]
    sort = st.builds(
        e.Sort, term=fields(texts + nums + times + sets + bools), descending=st.booleans()
    )
    return st.builds(
        e.Query,
        entity=st.just(subject),
        condition=conditions(subject),
        sort=st.lists(sort, max_size=2).map(tuple),
        limit=st.none() | st.none() | st.integers(0, 7),
    )


def random_workspace(seed: int = 7) -> ChangeSet:
    """Return the creation of some 150 records with many unknown values."""
    rnd = random.Random(seed)

    def some(**columns: tuple[Value, ...]) -> dict[str, Value]:
        chosen = {
            name: rnd.choice(values) for name, values in columns.items() if rnd.random() < 0.7
        }
        return {name: value for name, value in chosen.items() if value not in {"", None}}

    def ids(kind: str, n: int) -> tuple[Value, ...]:
        return tuple(f"{kind[0]}{i}" for i in range(n))

    sets: tuple[Value, ...] = (("alpha",), ("Beta", "光伏"), ("a'b", "alpha", "İz"))
    employees, accounts, contacts, products = ids("e", 3), ids("a", 25), ids("c", 30), ids("p", 5)
    plan: list[tuple[str, tuple[Value, ...], dict[str, tuple[Value, ...]]]] = [
        ("employee", employees, {"name": WORDS}),
        ("product", products, {"name": WORDS, "category": WORDS}),
        ("account", accounts, {
            "name": WORDS, "industry": WORDS, "city": WORDS, "owner": employees,
            "employee_count": (0, 1, 2, 3, 10), "health_score": NUMBERS, "services": sets, "tags": sets,
            "last_contact_date": DATES, "contract_end": DATES, "trial_started": DATES,
        }),
        ("contact", contacts, {
            "name": WORDS, "city": WORDS, "account": accounts, "tags": sets, "birthday": DATES,
            "last_contact_date": DATES, "consent_marketing": (True, False),
        }),
        ("opportunity", ids("o", 40), {
            "stage": STAGES, "account": accounts, "contact": contacts, "product": products,
            "amount": NUMBERS, "win_probability": (0.1, 0.5), "close_date": DATES, "stage_since": DATES,
            "created_on": DATES,
        }),
        ("contract", ids("k", 10), {"opportunity": ids("o", 40), "value": NUMBERS, "signed_on": DATES}),
        ("order", ids("r", 40), {"account": accounts, "amount": NUMBERS, "ordered_on": DATES}),
        ("ticket", ids("t", 40), {
            "name": WORDS, "status": ("open", "closed"), "account": accounts, "contact": contacts,
            "opened_at": INSTANTS, "resolved_at": INSTANTS, "csat": (1, 2, 3),
        }),
    ]  # fmt: skip
    changes = [
        create(f"{kind}:{record_id}", some(**columns))
        for kind, record_ids, columns in plan
        for record_id in record_ids
    ]
    return changes_of("random", *changes)
