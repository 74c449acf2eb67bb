"""What the fields of a dictionary can be at all, for interval analysis."""

from __future__ import annotations

from knowledge_graph.expression.boxes import Domain, Domains
from knowledge_graph.language.dictionary import Dictionary


def domains_of(dictionary: Dictionary) -> Domains:
    """Return the domain of every field that has one."""
    found: dict[str, Domain] = {}
    for term in dictionary.fields.values():
        low, high = term.range or (None, None)
        whole = term.type == "integer"
        if term.type == "boolean":
            found[term.id] = Domain(values=frozenset({True, False}))
        elif term.range is not None or whole:
            found[term.id] = Domain(low=low, high=high, whole=whole)
    return found
