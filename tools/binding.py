"""Binds use cases to the graph and the language: a session for each call, errors told as outcomes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Role
from knowledge_graph.policy import STAFF, WRITERS
from tools.asking import Session, open_session
from tools.context import RunContext
from tools.failures import told
from tools.outcomes import ToolResult
from tools.spec import Run, ToolArgs, ToolSpec
from tools.vocabulary import LiveVocabulary

A = TypeVar("A", bound=ToolArgs)
UseCase = Callable[[A, Session], Awaitable[ToolResult]]


@dataclass(frozen=True, kw_only=True)
class ToolBinder:
    """Makes tools of use cases; `does` is the description that the model reads."""

    graph: KnowledgeGraph
    language: LiveVocabulary

    def reads(
        self,
        name: str,
        args: type[A],
        use_case: UseCase[A],
        *,
        does: str,
        roles: frozenset[Role] = STAFF,
    ) -> ToolSpec:
        """Return a tool that changes nothing."""
        run = self.bound(args, use_case)
        return ToolSpec(name=name, description=does, args=args, effect="read", roles=roles, run=run)

    def writes(
        self,
        name: str,
        args: type[A],
        use_case: UseCase[A],
        *,
        does: str,
        roles: frozenset[Role] = WRITERS,
    ) -> ToolSpec:
        """Return a tool whose outcome is a draft that a person confirms."""
        run = self.bound(args, use_case)
        return ToolSpec(
            name=name, description=does, args=args, effect="write", roles=roles, run=run
        )

    def bound(self, args: type[A], use_case: UseCase[A]) -> Run:
        """Return what runs a use case in a session of its own; errors of the core become outcomes."""

        async def call(given: A, context: RunContext) -> ToolResult:
            return await use_case(given, await open_session(self.graph, self.language, context))

        async def run(given: ToolArgs, context: RunContext) -> ToolResult:
            checked = args.model_validate(given.model_dump())
            return await told(call(checked, context), context.lang)

        return run
