"""Binds the record use cases to their ports: the tools that a model may call."""

from __future__ import annotations

from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Role
from knowledge_graph.policy import STAFF, WRITERS
from knowledge_graph.ports import DecisionLog
from tools.asking import Session
from tools.binding import ToolBinder
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
from tools.spec import ToolSpec
from tools.vocabulary import LiveVocabulary


def build_record_tools(
    *, graph: KnowledgeGraph, language: LiveVocabulary, decisions: DecisionLog
) -> tuple[ToolSpec, ...]:
    """Return the record tools, bound to their ports."""
    tools = ToolBinder(graph=graph, language=language)

    async def explain(given: a.ExplainDecisionArgs, session: Session) -> ToolResult:
        return await explain_decision(given, decisions, session.run)

    return (
        tools.reads("find_records", a.FindRecordsArgs, find_records, does=_FIND),
        tools.reads("show_record", a.ShowRecordArgs, show_record, does=_SHOW, roles=_SHOWN_TO),
        tools.writes("create_record", a.CreateRecordArgs, create_record, does=_CREATE),
        tools.writes("update_records", a.UpdateRecordsArgs, update_records, does=_UPDATE),
        tools.writes("delete_records", a.DeleteRecordsArgs, delete_records, does=_DELETE),
        tools.writes("merge_records", a.MergeRecordsArgs, merge_records, does=_MERGE),
        tools.writes("log_interaction", a.LogInteractionArgs, log_interaction, does=_LOG),
        tools.writes("undo_change", a.UndoChangeArgs, undo_change, does=_UNDO, roles=_UNDOERS),
        tools.reads("explain_decision", a.ExplainDecisionArgs, explain, does=_EXPLAIN),
    )


_SHOWN_TO = STAFF | {Role.CUSTOMER}
_UNDOERS = WRITERS | {Role.STEWARD}

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
