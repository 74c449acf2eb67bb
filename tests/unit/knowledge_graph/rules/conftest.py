"""A compiler over the shipped dictionary alone, and rules compiled from sentences."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.results import LanguageContext
from knowledge_graph.language.rules.compiler import RuleCompiler
from knowledge_graph.language.rules.results import RuleCompiled
from knowledge_graph.rules.contract import RuleContract, Source
from knowledge_graph.rules.governance import class_of, needs_of


@pytest.fixture(scope="session")
def dictionary() -> Dictionary:
    return Dictionary.load()


@pytest.fixture(scope="session")
def rule_compiler(dictionary) -> RuleCompiler:
    return RuleCompiler(dictionary)


@pytest.fixture(scope="session")
def context() -> LanguageContext:
    return LanguageContext(now=datetime(2026, 3, 18, 4, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def named(rule_compiler, context, dictionary) -> Callable[[str, str], RuleContract]:
    def build(rule_id: str, text: str) -> RuleContract:
        result = rule_compiler.compile(text, context)
        assert isinstance(result, RuleCompiled), result
        source = Source(text=text, lang=result.lang, readback=result.readback)
        rule = RuleContract(id=rule_id, contract=result.contract, source=source)
        needs, governance = needs_of(rule, dictionary), class_of(rule, dictionary)
        return replace(rule, needs=needs, governance=governance)

    return build
