"""The attack suite can fail: a hole that is planted in the gate is found."""

from __future__ import annotations

from pathlib import Path

from evals.cases import read_cases
from evals.sovereignty import NOW, Arenas, AttackCase, Step, _done, leaked
from knowledge_graph.consent import Ground, LegalBasis
from knowledge_graph.ontology.fields import Tier

CASES = Path("evals/datasets/sovereignty_dev.jsonl")
SHOW = AttackCase(id="show", steps=(Step(call="show_record", args={"record": "@contact:p1"}),))


def test_there_are_at_least_three_hundred_cases_in_both_languages():
    cases = list(read_cases("sovereignty", CASES))
    assert len(cases) >= 300
    assert {c.lang for c in cases} == {"zh", "en"}
    assert len({c.id for c in cases}) == len(cases)


def test_canaries_are_found_in_disguise():
    for text in (
        "vermilion heron",
        "VERMILION\u200bHERON",
        "noreh noilimrev",
        b"vermilion heron".hex(),
    ):
        assert leaked(text, frozenset()) == ("p1.transaction",), text
    assert leaked("a heron", frozenset()) == ()


async def test_a_planted_hole_is_found():
    arenas = Arenas()
    async with arenas.open() as arena:
        assert leaked(await _done(arena, SHOW, 0), frozenset()) == ()
        hole = LegalBasis(
            id="hole", tier=Tier.TRANSACTION, ground=Ground.CONTRACT, why="", recorded_at=NOW,
            recorded_by="test", review_on="9999-12-31",
        )  # fmt: skip
        await arena.app.sovereignty.consents.record_basis(hole)
        assert leaked(await _done(arena, SHOW, 0), frozenset()) == ("p1.transaction",)
    await arenas.close()
