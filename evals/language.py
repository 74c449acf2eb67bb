"""The task `language`: a sentence must compile to the expected expression, or lead to the expected question."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from evals.cases import LanguageCase
from evals.report import Row
from evals.worlds import Worlds
from knowledge_graph.expression.codec import canonical, query_to_json, to_json
from knowledge_graph.expression.nodes import And, Condition, Not, Or, Query
from knowledge_graph.expression.simplify import simplified
from knowledge_graph.language.compiler import Language
from knowledge_graph.language.results import Ask, LanguageContext


async def score_language(case: LanguageCase, worlds: Worlds) -> Row:
    """Compile a case's sentence and score it.

    Args:
        case: The sentence.
        worlds: Where workspaces come from.

    Returns:
        The row to print; another meaning, or a sentence that should have been asked back, is harmful.
    """
    async with worlds.open(case.workspace, case.now) as world:
        language = await world.app.language.current()
    context = LanguageContext(now=datetime.fromisoformat(case.now))
    got = language.query(case.text, entity=case.entity, context=context)
    if isinstance(got, Ask):
        right = case.ask in ("any", got.code)
        asked: dict[str, object] = {
            "ask": got.code,
            "question": got.text,
            "options": [c.label for c in got.choices],
        }
        return Row(id=case.id, passed=right, wrong=() if right else (got.text,), output=(asked,))
    wrong = _faults(case, got.value, language, context)
    output: dict[str, object] = {"query": query_to_json(got.value), "readback": got.readback}
    return Row(
        id=case.id,
        passed=not wrong,
        harmful=any(harm for harm, _ in wrong),
        wrong=tuple(what for _, what in wrong),
        output=(output,),
    )


def _faults(
    case: LanguageCase, found: Query, language: Language, context: LanguageContext
) -> list[tuple[bool, str]]:
    """Return what is wrong with a compiled sentence, and whether it is harm."""
    wrong = []
    if case.ask is not None:
        wrong.append((True, f"compiled, but should ask ({case.ask})"))
    if case.query is not None and query_to_json(found) != case.query:
        wrong.append((True, f"is {canonical(query_to_json(found))}, not {case.query}"))
    if case.same_as is not None:
        other = language.query(case.same_as, entity=case.entity, context=context)
        if isinstance(other, Ask):
            wrong.append((False, f"{case.same_as!r} is not understood: {other.text}"))
        elif meaning(other.value) != meaning(found):
            wrong.append((True, f"{meaning(found)} differs from {meaning(other.value)}"))
    return wrong


def meaning(query: Query) -> str:
    """Return a query in a form that is the same whatever the order of its conditions."""
    condition = None if query.condition is None else _ordered(simplified(query.condition))
    return canonical(query_to_json(replace(query, condition=condition)))


def _ordered(node: Condition) -> Condition:
    if isinstance(node, And | Or):
        args = sorted(map(_ordered, node.args), key=lambda arg: canonical(to_json(arg)))
        return replace(node, args=tuple(args))
    return replace(node, arg=_ordered(node.arg)) if isinstance(node, Not) else node
