"""The published schema is the one of the code, and every contract fits it."""

import json
from pathlib import Path

import jsonschema
import pytest

from knowledge_graph.language.rules.results import RuleCompiled
from knowledge_graph.rules.codec import to_json
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.schema import bic_schema
from tests.unit.knowledge_graph.rules.test_contract import LOW, SENTENCES, rule, whole_life

PAGE = Path(__file__).parents[4] / "docs" / "bic.schema.json"
SCHEMA = jsonschema.Draft202012Validator(bic_schema())


def test_published_schema_is_that_of_the_code() -> None:
    told = "write it anew: python -m knowledge_graph.rules.schema > docs/bic.schema.json"
    assert json.loads(PAGE.read_text(encoding="utf-8")) == bic_schema(), told


def test_every_sentence_fits_the_schema(rule_compiler, context) -> None:
    for line in SENTENCES.read_text(encoding="utf-8").splitlines():
        result = rule_compiler.compile(json.loads(line)["text"], context)
        if isinstance(result, RuleCompiled):
            SCHEMA.validate(to_json(RuleContract(id="bic_1", contract=result.contract)))
    SCHEMA.validate(to_json(whole_life()))


@pytest.mark.parametrize(
    "damage",
    [{"bic": "2.0"}, {"status": "on"}, {"version": 0}, {"extra": 1}, {"condition": {"op": "xor"}},
     {"condition": {"op": "gt", "term": "a.b"}}, {"actions": [{}]}, {"trigger": {"kind": "never"}}],
)  # fmt: skip
def test_what_is_no_contract_does_not_fit(damage) -> None:
    assert not SCHEMA.is_valid({**to_json(rule(LOW)), **damage})
