"""The catalogue: names, roles, descriptions and the schemas that a model sees."""

from __future__ import annotations

import json
from pathlib import Path

from channels.clock import FixedClock
from knowledge_graph.ontology.access import Role
from knowledge_graph.stores.sqlite.file import SqliteFile
from knowledge_graph.stores.sqlite.rule_journal import SqliteRuleJournal
from knowledge_graph.testing.owners import StatedOwners
from knowledge_graph.vectors.hashing import HashingEmbedder
from tests.unit.tools.recall.test_recall import ExactVectors
from tests.unit.tools.workspace import NOW, build_workspace, dictionary
from tools.catalogue import ToolPorts, build_tools, toolset
from tools.rules.service import RuleService, RuleServiceParts
from tools.spec import ToolSpec

SNAPSHOT = Path(__file__).parent / "tool_schemas.json"


async def all_tools() -> tuple[ToolSpec, ...]:
    ws = await build_workspace()
    rules = RuleService(
        RuleServiceParts(
            owners=StatedOwners(),
            graph=ws.graph,
            journal=SqliteRuleJournal(SqliteFile(Path("unused.db"))),
            language=ws.language,
            dictionary=dictionary(),
            clock=FixedClock(NOW),
        )
    )
    return build_tools(
        ToolPorts(
            graph=ws.graph,
            language=ws.language,
            decisions=ws.decisions,
            embedder=HashingEmbedder(),
            vectors=ExactVectors(),
            rules=rules,
        )
    )


async def test_names_and_descriptions() -> None:
    tools = await all_tools()
    assert len({t.name for t in tools}) == len(tools) == 17
    assert all(len(t.description) <= 300 and "_" in t.name for t in tools)


async def test_toolsets() -> None:
    tools = await all_tools()
    names = {role: {t.name for t in toolset(tools, role)} for role in Role}
    assert names[Role.CUSTOMER] == {"show_record", "recall_knowledge"}
    reads = {"find_records", "show_record", "recall_knowledge", "explain_decision"}
    reads |= {"preview_rule", "list_rules", "explain_rule", "rule_health"}
    assert names[Role.MANAGER] == reads | {"vote_on_rule"}
    assert names[Role.STEWARD] == reads | {"vote_on_rule", "undo_change"}
    assert names[Role.SALES] == names[Role.OWNER] == {t.name for t in tools}


async def test_schemas_are_as_reviewed() -> None:
    """What a model sees is a contract: a change here is a change of the product."""
    seen = {
        t.name: {"description": t.description, "args": t.args.model_json_schema()}
        for t in await all_tools()
    }
    assert seen == json.loads(SNAPSHOT.read_text("utf-8"))
