"""What Slack refuses in blocks, checked as strictly as its reference says.

Source: Slack's Block Kit reference and reports on undocumented whole-message limits (about 13,200 characters).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

MESSAGE_CHARS = 13_000
_TEXT_TYPES = frozenset({"plain_text", "mrkdwn"})


def _text_problem(text: object, limit: int, types: frozenset[str] = _TEXT_TYPES) -> str | None:
    if not isinstance(text, Mapping) or text.get("type") not in types:
        return "text is not a text object"
    content = text.get("text")
    if not isinstance(content, str) or not 1 <= len(content) <= limit:
        return f"text must have 1 to {limit} characters"
    return None


def _section(block: Mapping[str, object]) -> Iterator[str | None]:
    yield _text_problem(block.get("text"), 3000)


def _context(block: Mapping[str, object]) -> Iterator[str | None]:
    elements = block.get("elements")
    if not isinstance(elements, Sequence) or not 1 <= len(elements) <= 10:
        yield "context needs 1 to 10 elements"
        return
    for element in elements:
        yield _text_problem(element, 2000)


def _actions(block: Mapping[str, object]) -> Iterator[str | None]:
    elements = block.get("elements")
    if not isinstance(elements, Sequence) or not 1 <= len(elements) <= 25:
        yield "actions needs 1 to 25 elements"
        return
    ids = [element.get("action_id") for element in elements]
    if len(set(ids)) != len(ids):
        yield "action_id is not unique"
    for element in elements:
        if element.get("type") != "button":
            yield f"unexpected element {element.get('type')!r}"
        yield _text_problem(element.get("text"), 75, frozenset({"plain_text"}))
        if len(str(element.get("value", ""))) > 2000:
            yield "button value over 2000 characters"
        if element.get("style", "primary") not in {"primary", "danger"}:
            yield "unknown button style"


def _table(block: Mapping[str, object]) -> Iterator[str | None]:
    rows = block.get("rows")
    if not isinstance(rows, Sequence) or not 1 <= len(rows) <= 100:
        yield "a table has 1 to 100 rows"
        return
    if len({len(row) for row in rows}) != 1 or len(rows[0]) > 20:
        yield "table rows must have the same number of cells, at most 20"
    for row in rows:
        for cell in row:
            if cell.get("type") != "raw_text" or not cell.get("text"):
                yield "a table cell needs raw_text"


_CHECKS = {"section": _section, "context": _context, "actions": _actions, "table": _table}


def block_problems(blocks: Sequence[Mapping[str, object]]) -> list[str]:
    """Return what Slack would refuse in a message's blocks; empty when nothing.

    >>> block_problems([{"type": "section", "text": {"type": "mrkdwn", "text": ""}}])
    ['0: text must have 1 to 3000 characters']
    """
    found: list[str] = []
    if not 1 <= len(blocks) <= 50:
        found.append("a message has 1 to 50 blocks")
    ids = [b["block_id"] for b in blocks if "block_id" in b]
    if len(set(ids)) != len(ids):
        found.append("block_id is not unique")
    if sum(b.get("type") == "table" for b in blocks) > 1:
        found.append("only one table a message")
    for number, block in enumerate(blocks):
        check = _CHECKS.get(str(block.get("type")))
        if check is None:
            found.append(f"{number}: unknown block type {block.get('type')!r}")
        else:
            found += [f"{number}: {problem}" for problem in check(block) if problem]
    if len(str(blocks)) > 2 * MESSAGE_CHARS:
        found.append("msg_blocks_too_long")
    return found
