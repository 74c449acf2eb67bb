"""Binds the record use cases to their ports: the tools that a model may call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Role
from knowledge_graph.ports import DecisionLog
from tools.asking import Session, open_session
from tools.context import RunContext
from tools.failures import told
from tools.outcomes import ToolResult
from tools.records import args as a
from tools.records.creating import create_record
from tools.records.deleting import delete_records
from tools.records.explaining import explain_decision
from tools.records.finding import find_records
from tools.records.interactions import log_interaction
from tools.records.merging import merge_records
from tools.records.showing import show_record
from tools.records.undoing import undo_change
from tools.records.updating import update_records
from tools.spec import ToolArgs, ToolSpec
from tools.vocabulary import LiveVocabulary

STAFF = frozenset({Role.SALES, Role.MANAGER, Role.STEWARD, Role.OWNER})
WRITERS = frozenset({Role.SALES, Role.OWNER})
A = TypeVar("A", bound=ToolArgs)
UseCase = Callable[[A, Session], Awaitable[ToolResult]]


def build_record_tools(
    *, graph: KnowledgeGraph, language: LiveVocabulary, decisions: DecisionLog
) -> tuple[ToolSpec, ...]:
    """Return the record tools, bound to their ports."""

    def spec(
        name: str,
        args: type[A],
        use_case: UseCase[A],
        *,
        does: str,
        effect: Literal["read", "write"] = "read",
    ) -> ToolSpec:
        async def run(given: ToolArgs, context: RunContext) -> ToolResult:
            checked = args.model_validate(given.model_dump())

            async def call() -> ToolResult:
                return await use_case(checked, await open_session(graph, language, context))

            return await told(call(), context.lang)

        roles = _ROLES.get(name, STAFF if effect == "read" else WRITERS)
        return ToolSpec(name=name, description=does, args=args, effect=effect, roles=roles, run=run)

    async def explain(given: a.ExplainDecisionArgs, session: Session) -> ToolResult:
        return await explain_decision(given, decisions, session.run)

    return (
        spec("find_records", a.FindRecordsArgs, find_records, does=_FIND),
        spec("show_record", a.ShowRecordArgs, show_record, does=_SHOW),
        spec("create_record", a.CreateRecordArgs, create_record, does=_CREATE, effect="write"),
        spec("update_records", a.UpdateRecordsArgs, update_records, does=_UPDATE, effect="write"),
        spec("delete_records", a.DeleteRecordsArgs, delete_records, does=_DELETE, effect="write"),
        spec("merge_records", a.MergeRecordsArgs, merge_records, does=_MERGE, effect="write"),
        spec("log_interaction", a.LogInteractionArgs, log_interaction, does=_LOG, effect="write"),
        spec("undo_change", a.UndoChangeArgs, undo_change, does=_UNDO, effect="write"),
        spec("explain_decision", a.ExplainDecisionArgs, explain, does=_EXPLAIN),
    )


_ROLES = {
    "show_record": STAFF | {Role.CUSTOMER},
    "undo_change": WRITERS | {Role.STEWARD},
}

_FIND = (
    "Find, list, count or total records by a filter sentence. Use `measure` for how many and how much. "
    "Never guess a number: call this."
)
_SHOW = "Show one record: its fields, where each came from, and what is connected with it."
_CREATE = (
    "Draft a new record (customer, contact, lead, opportunity, task, …). A person confirms it before "
    "anything is written."
)
_UPDATE = (
    "Draft a change of all records that a filter sentence names: reassign, move stage, set or clear fields. "
    "A person confirms the preview before anything is written."
)
_DELETE = (
    "Draft the deletion of the records that a filter sentence names. A person confirms it first."
)
_MERGE = "Draft the merge of two or more records that stand for the same thing. A person confirms it first."
_LOG = (
    "Draft a note of a call, meeting, mail, message or visit with a customer, contact, lead or about an "
    "opportunity. A person confirms it first."
)
_UNDO = (
    "Draft the undo of an earlier change. Refused, with the reason, when later changes stand on it."
)
_EXPLAIN = "Explain a decision: what was asked, which tools ran, on which facts, what came of it."
