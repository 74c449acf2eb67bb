"""Clause patterns consume a text whole or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.offline.grammar import load_grammar
from agents.offline.patterns import MAX_MATCHES, MAX_TRIES, compile_pattern
from knowledge_graph.errors import BadInputError


def slots(source: str, text: str, lang: str = "en") -> list[dict[str, str]]:
    """Return the slot texts of every match of every variant."""
    return [
        dict(match.slots)
        for pattern in compile_pattern(source, lang)  # type: ignore[arg-type] # literal in tests
        for match in pattern.matches(text)
    ]


def test_words_and_slots() -> None:
    assert slots("(move|shift) {who} to {value}", "Move the Acme deal to won") == [
        {"who": "the Acme deal", "value": "won"}
    ]


def test_every_split_is_offered() -> None:
    found = slots("move {who} to {value}", "move deals due to Anna to lost")
    assert {"who": "deals due", "value": "Anna to lost"} in found
    assert {"who": "deals due to Anna", "value": "lost"} in found


def test_optional_parts_may_hold_slots() -> None:
    assert slots("log a call [with {who}]", "log a call") == [{}]
    assert slots("log a call [with {who}]", "log a call with Acme") == [{"who": "Acme"}]


def test_english_words_end_at_word_boundaries() -> None:
    assert slots("give {who} to {to}", "giveaway plan to Raj") == []


def test_chinese_needs_no_spaces() -> None:
    assert slots("(把|将) {who} [都] 转给 {to}", "把上海的客户都转给王强", "zh")[0] == {
        "who": "上海的客户",
        "to": "王强",
    }


def test_adjacent_slots_part_at_spaces() -> None:
    assert {"to": "Raj", "who": "the Acme deal"} in slots(
        "give {to} {who}", "give Raj the Acme deal"
    )


def test_a_malformed_pattern_is_refused() -> None:
    with pytest.raises(BadInputError):
        compile_pattern("move {who", "en")


@given(st.text(alphabet="to move a", max_size=400))
def test_matching_is_bounded(text: str) -> None:
    for pattern in compile_pattern("move {a} to {b} [to {c}]", "en"):
        assert sum(1 for _ in pattern.matches(text)) <= MAX_MATCHES


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_shipped_frames_compile_and_read_their_acts(lang: str) -> None:
    grammar = load_grammar(lang)  # type: ignore[arg-type] # literal in tests
    acts = {frame.act for frame in grammar.frames}
    assert {"change", "create", "remove", "find", "count", "show", "merge", "log", "undo"} <= acts


@pytest.mark.parametrize("length", [200, 2_000])
def test_the_work_on_a_long_text_is_bounded(length: int) -> None:
    """Two slots that meet part anywhere in Chinese: every pair of places would be tried."""
    tried: list[str] = []

    def never(_type: str, text: str) -> bool:
        tried.append(text)
        return len(text) < length // 2 and len(tried) % 2 == 0

    [pattern] = compile_pattern("改 {field} {value} {word}", "zh")
    list(pattern.matches("改" + "总和" * length, never))
    assert len(tried) <= MAX_TRIES
