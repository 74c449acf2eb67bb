"""Telegram's messages: within its limit in UTF-16 units, every tag closed, nothing lost."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from channels.telegram.render import MESSAGE_UNITS, escaped, packed, table_lines, units
from tools.outcomes import Table

LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=300)
)


@given(LINES, st.integers(1, 60))
def test_no_message_is_too_long_and_nothing_is_lost(lines: list[str], times: int) -> None:
    source = [escaped(line * times) for line in lines]
    messages = packed(source)
    assert all(units(m) <= MESSAGE_UNITS for m in messages)
    kept = re.sub(r"\s", "", html.unescape("".join(messages)))
    given_text = re.sub(r"\s", "", "".join(line * times for line in lines))
    assert kept == (given_text or "…")


def test_a_table_that_is_split_closes_its_block_in_each_message() -> None:
    lines = [f"<pre>{'x' * 100}</pre>" for _ in range(200)]
    messages = packed(lines)
    assert len(messages) > 4
    for message in messages:
        assert message.startswith("<pre>")
        assert message.endswith("</pre>")
        assert message.count("<pre>") == message.count("</pre>") == 1


def test_chinese_columns_line_up() -> None:
    table = Table(columns=("客户", "Amount"), rows=(("上海申能新材", "1"), ("Nordic Clinic", "22")))
    assert table_lines(table) == ["客户           Amount", "上海申能新材   1", "Nordic Clinic  22"]
