"""Binds the privacy requests to their ports: the tools that a model may call."""

from __future__ import annotations

from knowledge_graph.erasure.eraser import MAY_ERASE, Eraser
from knowledge_graph.graph import KnowledgeGraph
from tools.asking import Session
from tools.binding import ToolBinder
from tools.outcomes import ToolResult
from tools.privacy.args import EraseSubjectArgs, ExportSubjectArgs
from tools.privacy.service import erase_subject, export_subject
from tools.spec import ToolSpec
from tools.vocabulary import LiveVocabulary


def build_privacy_tools(
    *, graph: KnowledgeGraph, language: LiveVocabulary, eraser: Eraser
) -> tuple[ToolSpec, ...]:
    """Return the privacy tools, bound to their ports."""
    tools = ToolBinder(graph=graph, language=language)

    async def erase(given: EraseSubjectArgs, session: Session) -> ToolResult:
        return await erase_subject(given, session, eraser)

    return (
        tools.reads(
            "export_subject", ExportSubjectArgs, export_subject, does=_EXPORT, roles=MAY_ERASE
        ),
        ToolSpec(
            name="erase_subject",
            description=_ERASE,
            args=EraseSubjectArgs,
            effect="erase",
            roles=MAY_ERASE,
            run=tools.bound(EraseSubjectArgs, erase),
        ),
    )


_EXPORT = (
    "Give everything that is kept about one person: records, what refers to them, history, schema."
)
_ERASE = (
    "Erase one person everywhere, backups included, for ever. The first call only asks; call again with "
    "the user's own answer in `confirm`. Not for deleting records: delete_records can be undone."
)
