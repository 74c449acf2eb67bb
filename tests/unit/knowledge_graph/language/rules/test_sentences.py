"""The rule sentences of this folder, over the shipped dictionary."""

import json
from pathlib import Path

import pytest

from evals.rules import RuleCase, score_rule
from knowledge_graph.language.rules.compiler import RuleCompiler
from knowledge_graph.language.rules.results import RuleCompiled

HERE = Path(__file__).parent


def cases(name: str) -> list[RuleCase]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [RuleCase.model_validate(json.loads(line)) for line in lines]


@pytest.mark.parametrize("case", cases("sentences.jsonl"), ids=lambda case: case.id)
def test_sentence_becomes_its_contract(case: RuleCase) -> None:
    row = score_rule(case, HERE)
    assert row.passed, row.wrong


def test_sentences_set_aside() -> None:
    rows = [(case, score_rule(case, HERE)) for case in cases("sentences_held_out.jsonl")]
    deployed = [
        c.text for c, r in rows if c.level == "reject" and r.output[0]["outcome"] == "compile"
    ]
    assert deployed == []
    assert sum(row.passed for _, row in rows) >= 0.85 * len(rows)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_read_back_compiles_to_the_same_contract(
    lang: str, compiler: RuleCompiler, context
) -> None:
    differing = []
    for case in cases("sentences.jsonl"):
        first = compiler.compile(case.text, context)
        if case.lang == lang and isinstance(first, RuleCompiled):
            again = compiler.compile(first.readback, context)
            if not isinstance(again, RuleCompiled) or again.contract != first.contract:
                differing.append((case.text, first.readback, again))
    assert differing == []
