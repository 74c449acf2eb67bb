"""CEL conformance expressions that our subset reads, and the rows of other people's decision tables.

The files are read where the shared data lies beside the checkout; they are not part of it. `-s` shows the counts.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from knowledge_graph.rules.deciding import Prepared, alone, implies, together
from knowledge_graph.rules.evaluation import holds
from knowledge_graph.rules.exchange.cel import from_cel
from knowledge_graph.rules.exchange.jdm import ForeignRow, foreign_tables
from knowledge_graph.rules.exchange.lossless import NotLossless

THIRD_PARTY = Path(__file__).parents[5] / "shared/data/third_party"
needs_files = pytest.mark.skipif(
    not THIRD_PARTY.is_dir(), reason=f"the third-party files are not at {THIRD_PARTY.name}"
)
_TEST = re.compile(r"\n  test:? \{(.*?)\n  \}", re.DOTALL)
_EXPR = re.compile(r"""expr: (?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)')""")
_BOOL = re.compile(r"value:? ?\{ ?bool_value: ?(true|false) ?\}")


def conformance() -> list[tuple[str, bool]]:
    """Expressions of the suite that need no bindings and come to a boolean."""
    found = []
    for path in sorted((THIRD_PARTY / "cel-spec").glob("*.textproto")):
        for block in _TEST.findall(path.read_text(encoding="utf-8")):
            expr, value = _EXPR.search(block), _BOOL.search(block)
            if expr and value and "bindings" not in block and "type_env" not in block:
                text = expr.group(1) if expr.group(1) is not None else expr.group(2)
                found.append((
                    text.replace('\\"', '"').replace("\\'", "'").replace("\\\\", "\\"),
                    value.group(1) == "true",
                ))
    return found


@needs_files
def test_conformance_expressions_that_are_read_are_right() -> None:
    counts: Counter[str] = Counter()
    wrong = []
    for text, expected in conformance():
        condition = from_cel(text)
        if isinstance(condition, NotLossless):
            counts["not read, said so"] += 1
        elif holds(condition, {}) is expected:
            counts["right"] += 1
        else:
            wrong.append(text)
    print(f"\nCEL conformance, boolean and without bindings: {dict(counts)}, wrong {len(wrong)}")  # noqa: T201 -- shown with -s
    assert wrong == []
    assert counts["right"] >= 60


@needs_files
def test_rows_of_other_peoples_tables_are_analysed() -> None:
    counts: Counter[str] = Counter()
    for path in sorted((THIRD_PARTY / "gorules-jdm/graphs").glob("*.json")):
        for table in foreign_tables(json.loads(path.read_text(encoding="utf-8"))):
            counts["tables"] += 1
            rows = [row for row in table.rows if isinstance(row, ForeignRow)]
            counts["rows"] += len(table.rows)
            counts["rows read"] += len(rows)
            prepared = [Prepared.of(row.condition, {}) for row in rows]
            counts["unreachable rows"] += sum(alone(p, {}).answer is False for p in prepared)
            if table.hit_policy == "first" and len(rows) == len(table.rows):
                counts["first-hit tables read whole"] += 1
                counts["masked rows"] += sum(
                    any(implies(p, earlier, {}) for earlier in prepared[:n])
                    for n, p in enumerate(prepared)
                )
            for one, other in combinations(range(len(rows)), 2):
                answer = together(prepared[one], prepared[other], {}).answer
                counts["pairs"] += 1
                counts["pairs that overlap"] += bool(answer)
                differing = rows[one].outputs != rows[other].outputs
                counts["… with different results"] += bool(answer) and differing
                counts["pairs not decided"] += answer is None
    print(f"\nJDM graphs: {dict(counts)}")  # noqa: T201 -- shown with -s
    assert counts["rows read"] >= 0.6 * counts["rows"]
    assert counts["pairs not decided"] == 0
