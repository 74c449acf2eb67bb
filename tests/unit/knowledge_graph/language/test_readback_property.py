"""Compiling a read-back gives the same expression, for random expressions in both languages."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_graph.expression import nodes as e
from knowledge_graph.expression.simplify import contradiction, simplified
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.results import Compiled, LanguageContext
from knowledge_graph.language.vocabulary import FieldInfo, Vocabulary

ENTITIES = ("customer", "contact", "lead", "opportunity", "order", "ticket", "task", "contract")
REFERENCES = {"employee": ("e1", "e2", "e404"), "account": ("a1", "a2"), "contact": ("c1", "x-9")}
WORDS = ("光伏", "solar", "A & B", "and", "it's", "5", "a, b", "北京 上海", 'say "hi"')
NUMBERS = {"money", "ratio", "number", "integer", "days", "hours"}
KIDS = {"customer": ("order", "ticket", "opportunity"), "opportunity": ("task", "interaction")}
UNITS = ("day", "week", "month", "quarter", "year")
# a failing case prints the whole dictionary otherwise
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


def amounts(info: FieldInfo) -> st.SearchStrategy[int | float]:
    if info.type == "ratio":
        return st.integers(0, 1000).map(lambda n: n / 1000 if n % 1000 else n // 1000)
    if info.type in {"integer", "days", "hours", "money"}:
        return st.integers(0, 20_000_000)
    return st.one_of(st.integers(-100, 100), st.sampled_from([0.5, 12.25, -3.75]))


def moments() -> st.SearchStrategy[e.Moment]:
    return st.builds(
        e.Moment, n=st.integers(-40, 40), unit=st.sampled_from(UNITS),
        edge=st.sampled_from(["none", "start", "end"]),
    )  # fmt: skip


def windows() -> st.SearchStrategy[e.Window]:
    days = st.sampled_from(["2025-01-31", "2026-02-28"])
    return st.one_of(
        st.builds(e.Rolling, n=st.integers(-60, 60).filter(bool), unit=st.sampled_from(UNITS)),
        st.builds(e.Calendar, unit=st.sampled_from(UNITS), offset=st.integers(-3, 3)),
        st.builds(e.Between, start=days, end=st.sampled_from(["2026-03-01", "2026-12-31"])),
    )


@st.composite
def leaves(draw: st.DrawFn, vocabulary: Vocabulary, entity: str) -> e.Condition:  # noqa: C901 -- a case a type
    infos = [i for i in vocabulary.entity_fields(entity) if _is_kept(vocabulary, i)]
    info = draw(st.sampled_from(infos))
    term = e.Field(id=info.id)
    if draw(st.integers(0, 9)) == 0:
        return _negated(draw, e.Known(term=term))
    if info.type in NUMBERS:
        op = draw(st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]))
        return e.Compare(op=op, term=term, value=draw(amounts(info)))
    if info.type in {"date", "datetime"}:
        if draw(st.booleans()):
            return e.During(term=term, window=draw(windows()))
        value = draw(st.one_of(moments(), st.just("2026-01-05")))
        ops = ["gt", "ge", "lt", "le"] + (["eq"] if info.type == "date" else [])
        return e.Compare(op=draw(st.sampled_from(ops)), term=term, value=value)
    if info.type == "boolean":
        return e.Compare(op="eq", term=term, value=draw(st.booleans()))
    known = _values(vocabulary, info)
    if info.type == "set":
        return _negated(draw, e.Has(term=term, value=draw(st.sampled_from(known))))
    if info.type in {"enum", "reference"}:
        chosen = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
        return _negated(draw, simplified(e.In(term=term, values=tuple(chosen))))
    mode = draw(st.sampled_from(["contains", "starts", "ends", "eq"]))
    word = draw(st.sampled_from(WORDS))
    if mode == "eq":
        return _negated(draw, e.Compare(op="eq", term=term, value=word))
    return e.Text(mode=mode, term=term, value=word)


def _is_kept(vocabulary: Vocabulary, info: FieldInfo) -> bool:
    term = vocabulary.dictionary.fields.get(info.id)
    return not (term and term.rules_only) and (
        info.type != "reference" or info.target in REFERENCES
    )


def _values(vocabulary: Vocabulary, info: FieldInfo) -> list[str]:
    if info.type == "reference":
        return list(REFERENCES[str(info.target)])
    linked = vocabulary.values[info.id]
    known = sorted({value for group in linked.values() for value in group})
    return known if info.closed else [*known, "某个新值", "brand new"]


def _negated(draw: st.DrawFn, node: e.Condition) -> e.Condition:
    return simplified(e.Not(arg=node)) if draw(st.integers(0, 3)) == 0 else node


@st.composite
def numbers(draw: st.DrawFn, vocabulary: Vocabulary, entity: str) -> e.Condition:
    over = draw(st.sampled_from(KIDS[entity]))
    where = draw(st.none() | leaves(vocabulary, over))
    window = draw(st.none() | windows())
    infos = [i for i in vocabulary.entity_fields(over) if i.type in {"money", "number"}]
    op = draw(st.sampled_from(["eq", "gt", "ge", "lt", "le"]))
    if not infos or draw(st.booleans()):
        term = e.Aggregate(agg="count", over=over, window=window, where=where)
        return e.Compare(op=op, term=term, value=draw(st.integers(0, 50)))
    info = draw(st.sampled_from(infos))
    agg = draw(st.sampled_from(["sum", "avg", "max", "min"]))
    term = e.Aggregate(agg=agg, over=over, field=info.id, window=window, where=where)
    if window is not None and draw(st.booleans()):
        changed = e.Aggregate(
            agg=agg, over=over, field=info.id, window=window, where=where, change="pct_prev"
        )
        return e.Compare(op=op, term=changed, value=draw(st.sampled_from([-0.2, 0.15, -1])))
    return e.Compare(op=op, term=term, value=draw(amounts(info)))


@cache
def conditions(vocabulary: Vocabulary, entity: str) -> st.SearchStrategy[e.Condition]:
    single = leaves(vocabulary, entity)
    if entity in KIDS:
        single = st.one_of(single, single, numbers(vocabulary, entity))
    several = lambda inner: st.lists(inner, min_size=2, max_size=3).map(tuple)  # noqa: E731 -- local
    tree = st.recursive(
        single,
        lambda inner: st.one_of(
            several(inner).map(lambda a: e.And(args=a)),
            several(inner).map(lambda a: e.Or(args=a)),
            inner.map(lambda a: e.Not(arg=a)),
            several(inner).map(lambda a: e.AtLeast(n=2, args=a)),
        ),
        max_leaves=5,
    )
    return tree.map(simplified).filter(lambda node: not contradiction(node))


@SETTINGS
@given(data=st.data())
def test_a_query_reads_back_as_itself(
    data: st.DataObject, language: Language, context: LanguageContext
) -> None:
    vocabulary = language.vocabulary
    entity = data.draw(st.sampled_from(ENTITIES))
    names = [i.id for i in vocabulary.entity_fields(entity) if _is_kept(vocabulary, i)]
    sorts = st.lists(st.sampled_from(names), max_size=2, unique=True)
    query = e.Query(
        entity=entity,
        condition=data.draw(st.none() | conditions(vocabulary, entity)),
        sort=tuple(
            e.Sort(term=e.Field(id=name), descending=data.draw(st.booleans()))
            for name in data.draw(sorts)
        ),
        limit=data.draw(st.none() | st.integers(1, 500)),
    )
    for lang in ("zh", "en"):
        words = language.readback(query, lang)
        compiled = language.query(words, entity=None, context=context)
        assert isinstance(compiled, Compiled), (words, compiled)
        assert compiled.value == query, words


@st.composite
def assignments(  # noqa: C901 -- a case a type
    draw: st.DrawFn, vocabulary: Vocabulary, info: FieldInfo
) -> e.Assignment:
    if draw(st.integers(0, 6)) == 0:
        return e.Assignment(field=info.id, mode="clear")
    if info.type in NUMBERS:
        mode = draw(st.sampled_from(["set", "increase"] if info.type != "ratio" else ["set"]))
        value = draw(amounts(info))
        return e.Assignment(field=info.id, mode=mode, value=value or 1)
    if info.type in {"date", "datetime"}:
        if draw(st.integers(0, 3)) == 0:
            by = e.Span(
                n=draw(st.integers(-40, 40).filter(bool)), unit=draw(st.sampled_from(UNITS))
            )
            return e.Assignment(field=info.id, mode="shift", value=by)
        return e.Assignment(field=info.id, value=draw(st.one_of(moments(), st.just("2026-01-05"))))
    if info.type == "boolean":
        return e.Assignment(field=info.id, value=draw(st.booleans()))
    if info.type == "set":
        mode = draw(st.sampled_from(["add", "remove"]))
        known = st.sampled_from(_values(vocabulary, info))
        return e.Assignment(field=info.id, mode=mode, value=draw(known))
    if info.type in {"enum", "reference"}:
        known = st.sampled_from(_values(vocabulary, info))
        return e.Assignment(field=info.id, value=draw(known))
    if info.type == "long_text" and draw(st.booleans()):
        return e.Assignment(field=info.id, mode="append", value=draw(st.sampled_from(WORDS)))
    return e.Assignment(field=info.id, value=draw(st.sampled_from(WORDS)))


@SETTINGS
@given(data=st.data())
def test_changes_read_back_as_themselves(
    data: st.DataObject, language: Language, context: LanguageContext
) -> None:
    vocabulary = language.vocabulary
    entity = data.draw(st.sampled_from(ENTITIES))
    infos = [i for i in vocabulary.entity_fields(entity) if i.writable and _is_kept(vocabulary, i)]
    chosen = data.draw(
        st.lists(st.sampled_from(infos), min_size=1, max_size=3, unique_by=lambda i: i.id)
    )
    changes = tuple(data.draw(assignments(vocabulary, info)) for info in chosen)
    for lang in ("zh", "en"):
        words = language.readback(changes, lang)
        compiled = language.assignments(words, entity=entity, context=context)
        assert isinstance(compiled, Compiled), (words, compiled)
        assert compiled.value == changes, words
