"""What keeps a sentence from being a request to act now: do not, what if, once they sign.

Such a sentence writes nothing, whatever else of it could be read. The wordings are in frames/restraints.yaml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal

import yaml

from agents.offline.clauses import sentences
from knowledge_graph.language.results import Lang

Restraint = Literal["", "negated", "hypothetical", "conditional"]
_KINDS: tuple[Restraint, ...] = ("negated", "hypothetical", "conditional")


@dataclass(frozen=True, kw_only=True)
class _Shapes:
    actions: re.Pattern[str]
    reminds: re.Pattern[str]
    kinds: tuple[tuple[Restraint, re.Pattern[str]], ...]


def restraint(text: str, lang: Lang) -> Restraint:
    """Say what keeps a sentence from being a request to act now.

    Returns:
        `negated` (do not), `hypothetical` (what if, should I), `conditional` (if they sign, …), "" for none.

    >>> restraint("don't delete Acme", "en"), restraint("move it to won", "en")
    ('negated', '')
    >>> restraint("如果客户签约就改成赢单", "zh"), restraint("要不要把它删了？", "zh")
    ('conditional', 'hypothetical')
    """
    shapes, bare = _shapes(lang), text.strip()
    if not shapes.actions.search(bare) or shapes.reminds.search(bare):
        return ""
    return next((what for what, shape in shapes.kinds if shape.search(bare)), "")


def restraints(text: str, lang: Lang) -> tuple[Restraint, ...]:
    """Return what keeps the sentences of a message from being requests, one for each that is kept."""
    said = (restraint(sentence, lang) for sentence in sentences(text))
    return tuple(what for what in said if what)


@lru_cache(maxsize=2)
def _shapes(lang: Lang) -> _Shapes:
    source = resources.files("agents.offline.frames").joinpath("restraints.yaml")
    data = yaml.safe_load(source.read_text(encoding="utf-8"))[lang]

    def shape(text: str) -> re.Pattern[str]:
        whole = "".join(text.splitlines()).replace("<polite>", data["polite"])
        return re.compile(whole, re.IGNORECASE)

    return _Shapes(
        actions=shape(data["actions"]),
        reminds=shape(data["reminds"]),
        kinds=tuple((kind, shape(text)) for kind in _KINDS for text in data[kind]),
    )
