"""Named statements, one a file; `<word>` in a statement stands for a quoted name of the schema."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from knowledge_graph.expression.cypher import quote

_SLOT = re.compile(r"<([a-z]+)>")


@cache
def _text(name: str) -> str:
    return files(__name__).joinpath(f"{name}.cypher").read_text(encoding="utf-8")


def statement(name: str, **names: str) -> str:
    """Return a statement with labels and relationship types filled in.

    Args:
        name: The file's name.
        names: Labels, types and properties from the schema, by slot; never a user's text.

    Returns:
        The statement.

    >>> print(statement("get_records", label="Account"))
    UNWIND $ids AS id
    MATCH (n:`Account` {id: id})
    RETURN properties(n) AS properties
    """
    return _SLOT.sub(lambda slot: quote(names[slot[1]]), _text(name)).strip()
