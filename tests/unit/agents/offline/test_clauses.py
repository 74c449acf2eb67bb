"""Messages split into sentences and clauses; politeness comes off; quotes stay whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agents.offline.clauses import groupings, joined, rejoin, sentences, strip_fillers
from agents.offline.grammar import load_grammar


def test_sentences_in_both_languages() -> None:
    assert len(sentences("把他们转给李薇。谢谢！")) == 2
    assert len(sentences("She is new. Give her to Raj. Thanks!")) == 3


def test_numbers_and_abbreviations_do_not_end_a_sentence() -> None:
    assert len(sentences("deals over 1.5 million at Acme Inc. in Berlin")) == 1


def test_quotes_are_never_split() -> None:
    text = 'add a note to Acme saying "call back, and then decide. Soon."'
    assert sentences(text) == (text,)
    assert joined(text, "en") == (text,)


def test_politeness_comes_off_both_ends() -> None:
    en, zh = load_grammar("en").fillers, load_grammar("zh").fillers
    assert strip_fillers("Hey, could you please list my tasks for me? Thanks", en, "en") == (
        "list my tasks"
    )
    assert strip_fillers("麻烦帮我查一下上海的客户吧，谢谢", zh, "zh") == "查一下上海的客户"


@given(st.lists(st.sampled_from(["add x", "call y", "log z"]), min_size=1, max_size=7))
def test_groupings_cover_all_parts_in_order(parts: list[str]) -> None:
    for grouping in groupings(parts):
        assert [i for run in grouping for i in range(*run)] == list(range(len(parts)))


def test_rejoin_keeps_the_words_between() -> None:
    text = "add X, give her to Raj and log a call"
    parts = joined(text, "en")
    assert rejoin(text, parts, (0, 2)) == "add X, give her to Raj"
