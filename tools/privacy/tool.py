"""Binds the privacy requests to their ports: the tools that a model may call."""

from __future__ import annotations

from knowledge_graph.erasure.eraser import MAY_ERASE, Eraser
from knowledge_graph.graph import KnowledgeGraph
from tools.asking import open_session
from tools.context import RunContext
from tools.failures import told
from tools.outcomes import ToolResult
from tools.privacy.args import EraseSubjectArgs, ExportSubjectArgs
from tools.privacy.service import erase_subject, export_subject
from tools.spec import ToolArgs, ToolSpec
from tools.vocabulary import LiveVocabulary


def build_privacy_tools(
    *, graph: KnowledgeGraph, language: LiveVocabulary, eraser: Eraser
) -> tuple[ToolSpec, ...]:
    """Return the privacy tools, bound to their ports."""

    async def export(given: ToolArgs, context: RunContext) -> ToolResult:
        args = ExportSubjectArgs.model_validate(given.model_dump())

        async def call() -> ToolResult:
            return await export_subject(args, await open_session(graph, language, context))

        return await told(call(), context.lang)

    async def erase(given: ToolArgs, context: RunContext) -> ToolResult:
        args = EraseSubjectArgs.model_validate(given.model_dump())

        async def call() -> ToolResult:
            session = await open_session(graph, language, context)
            return await erase_subject(args, session, eraser)

        return await told(call(), context.lang)

    return (
        ToolSpec(
            name="export_subject",
            description=_EXPORT,
            args=ExportSubjectArgs,
            effect="read",
            roles=MAY_ERASE,
            run=export,
        ),
        ToolSpec(
            name="erase_subject",
            description=_ERASE,
            args=EraseSubjectArgs,
            effect="erase",
            roles=MAY_ERASE,
            run=erase,
        ),
    )


_EXPORT = (
    "Give everything that is kept about one person: records, what refers to them, history, schema."
)
_ERASE = (
    "Erase one person everywhere, backups included, for ever. The first call only asks; call again with "
    "the user's own answer in `confirm`. Not for deleting records: delete_records can be undone."
)
