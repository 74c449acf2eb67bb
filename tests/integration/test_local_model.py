"""The same assistant over a real local LLM: it finds, creates with a confirmation and asks back, harming nothing.

Slow, so it runs with GUANXI_SLOW=1 only; it is skipped, with the reason, where the model cannot be had.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from evals.bench.local_model import chosen, fell_back, played
from evals.report import Row
from tests.local_model.harness import NAME, ModelAbsentError, running

pytestmark = pytest.mark.slow
pytest.importorskip("langchain_openai", reason="the extra `models` is not installed")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    try:
        with running(tmp_path_factory.mktemp("model") / "model.log") as found:
            yield found
    except ModelAbsentError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
async def rows(address: str) -> dict[str, Row]:
    return {row.id: row async for row in played(address, chosen(1), NAME)}


def test_nothing_is_harmed(rows: dict[str, Row]) -> None:
    assert [row.id for row in rows.values() if row.harmful] == []


@pytest.mark.parametrize("kind", ["find", "create", "ask"])
def test_each_kind_of_request_comes_through(rows: dict[str, Row], kind: str) -> None:
    cases = [c for c in chosen(1) if kind in c.tags]
    assert len(cases) >= 2
    assert any(rows[c.id].passed for c in cases), [
        (rows[c.id].wrong, rows[c.id].output) for c in cases
    ]


def test_the_model_itself_does_part_of_the_work(rows: dict[str, Row]) -> None:
    own = [row for row in rows.values() if not fell_back(row)]
    assert any(row.passed and any(turn["tool_calls"] for turn in row.output) for row in own)
