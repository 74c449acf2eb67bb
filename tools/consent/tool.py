"""The consent tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Role
from tools.asking import Session, open_session
from tools.consent.args import CheckConsentArgs, RequestConsentArgs, WithdrawConsentArgs
from tools.consent.asking import check_consent, request_consent, withdraw_consent
from tools.consent.service import ConsentDesk
from tools.context import RunContext
from tools.failures import told
from tools.outcomes import ToolResult
from tools.spec import ToolArgs, ToolSpec
from tools.vocabulary import LiveVocabulary

A = TypeVar("A", bound=ToolArgs)
UseCase = Callable[[A, Session, ConsentDesk], Awaitable[ToolResult]]
_EVERYBODY = frozenset(Role)
_ASKING = frozenset({Role.SALES, Role.OWNER, Role.CUSTOMER})
_ENDING = frozenset({Role.SALES, Role.OWNER, Role.STEWARD, Role.CUSTOMER})


def build_consent_tools(
    *, graph: KnowledgeGraph, language: LiveVocabulary, desk: ConsentDesk
) -> tuple[ToolSpec, ...]:
    """Return the consent tools, bound to their ports."""

    def spec(
        name: str, args: type[A], use_case: UseCase[A], roles: frozenset[Role], *, does: str
    ) -> ToolSpec:
        async def run(given: ToolArgs, context: RunContext) -> ToolResult:
            checked = args.model_validate(given.model_dump())

            async def call() -> ToolResult:
                return await use_case(checked, await open_session(graph, language, context), desk)

            return await told(call(), context.lang)

        effect: Literal["read", "write"] = "read" if use_case is check_consent else "write"
        return ToolSpec(name=name, description=does, args=args, effect=effect, roles=roles, run=run)

    return (
        spec("check_consent", CheckConsentArgs, check_consent, _EVERYBODY, does=_CHECK),
        spec("request_consent", RequestConsentArgs, request_consent, _ASKING, does=_REQUEST),
        spec("withdraw_consent", WithdrawConsentArgs, withdraw_consent, _ENDING, does=_WITHDRAW),
    )


_CHECK = "Tell on which ground, for what and until when a person's data may be used."
_REQUEST = (
    "Have a person asked to allow the use of chosen data for one purpose, 72 hours at most; or pass on the code"
    " with which the person says yes. Nothing is allowed before that."
)
_WITHDRAW = "Withdraw a person's consent at once: all of it, or one grant by id."
