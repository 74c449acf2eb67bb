"""Days that no calendar has are told from those that it has."""

import pytest

from knowledge_graph.language.recognisers.impossible import impossible_days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2月30日之前到期的合同", ("2月30日",)),
        ("13月5日的订单", ("13月5日",)),
        ("四月三十一号", ("四月三十一号",)),
        ("due on 31 November", ("31 November",)),
        ("before February 30", ("February 30",)),
        ("orders on 2026-02-30", ("2026-02-30",)),
        ("29 February or 12月31日", ()),
        ("firmware 2026.13.45", ()),
    ],
)
def test_impossible_days(text: str, days: tuple[str, ...]) -> None:
    assert impossible_days(text) == days
