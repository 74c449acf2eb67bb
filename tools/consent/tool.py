"""The consent tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Role
from knowledge_graph.policy import WRITERS
from tools.asking import Session
from tools.binding import ToolBinder, UseCase
from tools.consent.args import (
    CheckConsentArgs,
    DataCardArgs,
    DataUsesArgs,
    RequestConsentArgs,
    WithdrawConsentArgs,
)
from tools.consent.asking import (
    check_consent,
    data_card,
    data_uses,
    request_consent,
    withdraw_consent,
)
from tools.consent.service import ConsentDesk
from tools.consent.uses import OVERSEERS
from tools.outcomes import ToolResult
from tools.spec import ToolArgs, ToolSpec
from tools.vocabulary import LiveVocabulary

_EVERYBODY = frozenset(Role)
_WATCHING = OVERSEERS | {Role.CUSTOMER}
_ASKING = WRITERS | {Role.CUSTOMER}
_ENDING = WRITERS | {Role.STEWARD, Role.CUSTOMER}
A = TypeVar("A", bound=ToolArgs)
ConsentUseCase = Callable[[A, Session, ConsentDesk], Awaitable[ToolResult]]


def build_consent_tools(
    *, graph: KnowledgeGraph, language: LiveVocabulary, desk: ConsentDesk
) -> tuple[ToolSpec, ...]:
    """Return the consent tools, bound to their ports."""
    tools = ToolBinder(graph=graph, language=language)

    def on(use_case: ConsentUseCase[A]) -> UseCase[A]:
        return lambda given, session: use_case(given, session, desk)

    return (
        tools.reads(
            "check_consent", CheckConsentArgs, on(check_consent), does=_CHECK, roles=_EVERYBODY
        ),
        tools.reads("show_data_card", DataCardArgs, on(data_card), does=_CARD, roles=_EVERYBODY),
        tools.reads("show_data_uses", DataUsesArgs, on(data_uses), does=_USES, roles=_WATCHING),
        tools.writes(
            "request_consent", RequestConsentArgs, on(request_consent), does=_REQUEST, roles=_ASKING
        ),
        tools.writes(
            "withdraw_consent",
            WithdrawConsentArgs,
            on(withdraw_consent),
            does=_WITHDRAW,
            roles=_ENDING,
        ),
    )


_CHECK = "Tell on which ground, for what and until when a person's data may be used."
_CARD = (
    "Show a person's data card: each field with origin, ground, until when, or why it is masked."
)
_USES = "Tell who used a person's data, when, which kind and for what, from the ledger."
_REQUEST = (
    "Have a person asked to allow the use of chosen data for one purpose, 72 hours at most; or pass on the code"
    " with which the person says yes. Nothing is allowed before that."
)
_WITHDRAW = "Withdraw a person's consent at once: all of it, or one grant by id."
