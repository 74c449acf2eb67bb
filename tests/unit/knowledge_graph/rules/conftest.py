"""A compiler over the shipped dictionary alone, and facts to try rules on."""

from datetime import UTC, datetime

import pytest

from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.results import LanguageContext
from knowledge_graph.language.rules.compiler import RuleCompiler


@pytest.fixture(scope="session")
def rule_compiler() -> RuleCompiler:
    return RuleCompiler(Dictionary.load())


@pytest.fixture(scope="session")
def context() -> LanguageContext:
    return LanguageContext(now=datetime(2026, 3, 18, 4, 0, tzinfo=UTC))
