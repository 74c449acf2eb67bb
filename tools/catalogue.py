"""The one explicit list of tools; nothing registers itself."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge_graph.erasure.eraser import Eraser
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Role
from knowledge_graph.ports import DecisionLog, Embedder, VectorMemory
from tools.consent.service import ConsentDesk
from tools.consent.tool import build_consent_tools
from tools.privacy.tool import build_privacy_tools
from tools.recall.lexicon import WordIndex
from tools.recall.tool import build_recall_tools
from tools.records.tool import build_record_tools
from tools.rules.service import RuleService
from tools.rules.tool import build_rule_tools
from tools.spec import ToolSpec
from tools.vocabulary import LiveVocabulary


@dataclass(frozen=True, kw_only=True)
class ToolPorts:
    """What the tools work with."""

    graph: KnowledgeGraph
    language: LiveVocabulary
    """The business language with the workspace's own words."""
    decisions: DecisionLog
    """The decision log that explain_decision reads."""
    embedder: Embedder
    vectors: VectorMemory
    rules: RuleService
    consent: ConsentDesk | None = None
    """The use cases of consent; None: a workspace without them."""
    eraser: Eraser | None = None
    """Erases people; None over a store that keeps values in the clear: no privacy tools."""
    words: WordIndex | None = None
    """Finds passages by their words; None: an index of its own."""


def build_tools(ports: ToolPorts) -> tuple[ToolSpec, ...]:
    """Return all tools, bound to their ports."""
    graph, language, eraser = ports.graph, ports.language, ports.eraser
    recall = build_recall_tools(
        graph=graph,
        language=language,
        embedder=ports.embedder,
        vectors=ports.vectors,
        words=ports.words,
    )
    desk = ports.consent
    consent = () if desk is None else build_consent_tools(graph=graph, language=language, desk=desk)
    privacy = (
        () if eraser is None else build_privacy_tools(graph=graph, language=language, eraser=eraser)
    )
    return (
        *build_record_tools(graph=graph, language=language, decisions=ports.decisions),
        *recall,
        *build_rule_tools(ports.rules),
        *consent,
        *privacy,
    )


def toolset(tools: tuple[ToolSpec, ...], role: Role) -> tuple[ToolSpec, ...]:
    """Return the tools that a role may call."""
    return tuple(tool for tool in tools if role in tool.roles)
