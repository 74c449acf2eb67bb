"""Case files are read strictly, and a bad line is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.cases import ChatCase, read_cases
from knowledge_graph.errors import BadInputError

DATASETS = Path(__file__).parents[3] / "evals" / "datasets"


def write(folder: Path, text: str) -> Path:
    path = folder / "cases.jsonl"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_case_is_read_with_its_defaults(tmp_path: Path):
    [case] = read_cases("chat", write(tmp_path, '{"id": "a", "turns": [{"user": "hi"}]}\n\n'))
    assert isinstance(case, ChatCase)
    assert case.nothing_else
    assert case.turns[0].outcomes == ("any",)


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"id": "a"}', '{"id": "a", "turns": [], "extra": 1}',
     '{"id": "a", "turns": [{"user": "x", "expect": "joy"}]}'],
)  # fmt: skip
def test_a_line_that_is_no_case_is_named(tmp_path: Path, line: str):
    good = '{"id": "a", "turns": [{"user": "hi"}]}'
    with pytest.raises(BadInputError, match=r"cases\.jsonl:2 is not a chat case"):
        list(read_cases("chat", write(tmp_path, f"{good}\n{line}\n")))


def test_no_such_task_or_file(tmp_path: Path):
    with pytest.raises(BadInputError, match="no task 'poetry'"):
        list(read_cases("poetry", tmp_path / "x"))
    with pytest.raises(BadInputError, match="cannot read"):
        list(read_cases("chat", tmp_path / "x"))


@pytest.mark.parametrize("path", sorted(DATASETS.glob("*.jsonl")), ids=lambda p: p.stem)
def test_shipped_files_are_readable_and_their_ids_unique(path: Path):
    cases = list(read_cases(path.stem.partition("_")[0], path))
    assert len({case.id for case in cases}) == len(cases) >= 40
    for case in cases:
        workspace = getattr(case, "workspace", None)  # attacks all run on the same one
        for name in workspace.records_from if workspace is not None else ():
            assert (DATASETS / name).is_file()


def test_half_of_the_chat_set_is_chinese_and_a_third_set_aside():
    dev = list(read_cases("chat", DATASETS / "chat_dev.jsonl"))
    aside = list(read_cases("chat", DATASETS / "chat_aside.jsonl"))
    both = [*dev, *aside]
    assert len(both) >= 150
    assert 0.45 <= sum(case.lang == "zh" for case in both) / len(both) <= 0.55
    assert len(aside) * 3 >= len(both) - 2
