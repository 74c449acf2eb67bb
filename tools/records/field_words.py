"""Words that name one field of an entity, for orders and measures."""

from __future__ import annotations

from knowledge_graph.language.spelling import folded
from knowledge_graph.language.vocabulary import FieldInfo, Vocabulary
from knowledge_graph.ontology.fields import NUMERIC
from tools.asking import Session
from tools.outcomes import Option, ToolQuestion
from tools.writing import say

_MONEY_WORDS = frozenset({"amount", "value", "worth", "金额", "价值", "总额", "额"})


def field_named(words: str, entity: str, vocabulary: Vocabulary) -> FieldInfo | None:
    """Return the field of an entity that words name whole, None when none or two do.

    Args:
        words: A name of the field, in either language, or `entity.name`.
        entity: The entity of the records.
        vocabulary: The workspace's words.
    """
    spoken = folded(words)
    own = vocabulary.fields.get(words.strip())
    if own is not None and own.entity == entity:
        return own
    fields = vocabulary.entity_fields(entity)
    names = [
        f
        for f in fields
        if spoken in {folded(n) for n in f.names.all}
        or spoken.replace(" ", "_") == f.id.partition(".")[2]
    ]
    if len(names) == 1:
        return names[0]
    exact = [f for f in names if spoken.replace(" ", "_") == f.id.partition(".")[2]]
    if len(exact) == 1:
        return exact[0]
    default = vocabulary.dictionary.defaults.get(entity, {}).get("money")
    return (
        vocabulary.fields.get(default) if not names and spoken in _MONEY_WORDS and default else None
    )


def unknown_field(
    words: str, entity: str, session: Session, *, slot: str, numeric: bool = False
) -> ToolQuestion:
    """Return the question back about words that name no field.

    Args:
        words: The words.
        entity: The entity of the records.
        session: The session of the call.
        slot: The tool argument.
        numeric: Offer only fields that hold numbers.
    """
    lang = session.run.lang
    fields = session.language.vocabulary.entity_fields(entity)
    offered = [f.label(lang) for f in fields if not numeric or f.type in NUMERIC][:6]
    return ToolQuestion(
        text=say(lang, f"“{words}”指哪个字段？", f'Which field is "{words}"?'),
        options=tuple(Option(label=name, reply=name) for name in offered),
        code="unknown_term",
        slot=slot,
    )
