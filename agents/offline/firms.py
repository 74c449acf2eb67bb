"""Leads by the company that they work for, which is a text of theirs and no record: 启明电子的线索."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from agents.offline.acts import Selection
from agents.offline.naming import can_be_name, quoted_text
from knowledge_graph.expression.nodes import Query
from knowledge_graph.language.results import Ask, Compiled, Lang
from knowledge_graph.ontology.record import RecordRef

_SHAPES: Mapping[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"(?P<head>(?:all |every |each |the |any )*(?:[a-z-]+ )?leads?) (?:of|from|at) (?P<firm>.+)",
        re.I,
    ),
    "zh": re.compile(r"(?:所有|全部)?(?P<firm>.{4,}?)(?:公司)?的(?:所有|全部)?线索"),
}


def leads_of(
    text: str,
    lang: Lang,
    resolve: Callable[[str, frozenset[str] | None], Compiled[RecordRef] | Ask],
    query: Callable[[str, str | None], Compiled[Query] | Ask],
) -> Selection | None:
    """Return the leads of a company; None when the words say something else, or come near to a known name.

    Args:
        text: "all leads from Fjord Data".
        lang: Its language.
        resolve: Finds the record that a name stands for.
        query: Compiles a filter.
    """
    found = _SHAPES[lang].fullmatch(text.strip())
    if found is None or not can_be_name(found["firm"], lang, proper=True):
        return None
    near = resolve(found["firm"], None)
    if not isinstance(near, Ask) or near.choices:
        return None
    firm = quoted_text(found["firm"])
    said = f"公司是{firm}的线索" if lang == "zh" else f"{found['head']} where company is {firm}"
    compiled = query(said, "lead")
    if isinstance(compiled, Ask) or compiled.value.entity != "lead":
        return None
    return Selection(entity="lead", where=compiled.readback)
