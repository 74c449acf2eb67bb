"""A compiler over the shipped dictionary alone."""

from datetime import UTC, datetime

import pytest

from knowledge_graph.language.dictionary import Dictionary
from knowledge_graph.language.results import LanguageContext
from knowledge_graph.language.rules.compiler import RuleCompiler


@pytest.fixture(scope="session")
def compiler() -> RuleCompiler:
    return RuleCompiler(Dictionary.load())


@pytest.fixture(scope="session")
def context() -> LanguageContext:
    return LanguageContext(now=datetime(2026, 3, 18, 4, 0, tzinfo=UTC))
