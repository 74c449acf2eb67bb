"""Loads the clause patterns of frames/: {en,zh}.yaml for reading, {en,zh}_writing.yaml for changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Literal

import yaml

from agents.offline.clauses import Fillers
from agents.offline.patterns import Accepts, Match, Pattern, Slot, compile_pattern
from knowledge_graph.errors import BadInputError

_FIXED = frozenset({
    "changes",
    "measure",
    "kind",
    "type",
    "field",
    "kinds",
    "inbound",
    "mine",
    "implied",
    "single",
    "who",
    "introduced",
    "everyone",
    "ask",
    "so_far",
    "linked",
    "topic",
    "part",
    "unknown",
})


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One way to say one act."""

    act: str
    patterns: tuple[Pattern, ...]
    fixed: Mapping[str, str]
    """What the wording itself fixes: `changes`, `measure`, `kind`, `type`, `field`."""
    kinds: frozenset[str]
    """The kinds that `who` may be of; empty: any."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One frame and one way to match a clause."""

    frame: Frame
    match: Match

    def type_of(self, slot: str) -> str:
        """Return the type of a slot of the frame, "" if it has none of that name."""
        found = (
            element.type
            for pattern in self.frame.patterns
            for element in pattern.elements
            if isinstance(element, Slot) and element.name == slot
        )
        return next(found, "")


@dataclass(frozen=True, kw_only=True)
class Grammar:
    """All frames of a language."""

    lang: Literal["zh", "en"]
    fillers: Fillers
    frames: tuple[Frame, ...]

    def candidates(self, clause: str, accepts: Accepts) -> Iterator[Candidate]:
        """Yield every way to match a clause, the most literal first.

        Args:
            clause: The text.
            accepts: See `Pattern.matches`.
        """
        found = [
            (match.literal, -index, Candidate(frame=frame, match=match))
            for index, frame in enumerate(self.frames)
            for pattern in frame.patterns
            for match in pattern.matches(clause, accepts)
        ]
        found.sort(key=lambda item: (-item[0], -item[1]))
        yield from (candidate for _, _, candidate in found)


def load_grammar(lang: Literal["zh", "en"]) -> Grammar:
    """Read and compile the frames of a language.

    Args:
        lang: Which files of frames/.

    Returns:
        The grammar, in the order of the files.

    Raises:
        BadInputError: A frame has an unknown key, class of words or a malformed pattern.
    """
    folder = resources.files("agents.offline.frames")
    files = [
        yaml.safe_load(folder.joinpath(name).read_text(encoding="utf-8"))
        for name in (f"{lang}_writing.yaml", f"{lang}.yaml")
    ]
    fillers = files[-1].pop("fillers")
    words = {name: "|".join(said) for data in files for name, said in data.pop("words", {}).items()}
    frames = tuple(
        _frame(act, entry, words, lang)
        for data in files
        for act, entries in data.items()
        for entry in entries
    )
    return Grammar(
        lang=lang,
        fillers=Fillers(lead=tuple(fillers["lead"]), tail=tuple(fillers["tail"])),
        frames=frames,
    )


_CLASS = re.compile(r"<(\w+)>")


def _frame(
    act: str, entry: str | dict[str, object], words: Mapping[str, str], lang: Literal["zh", "en"]
) -> Frame:
    spec = {"pattern": entry} if isinstance(entry, str) else dict(entry)
    source = str(spec.pop("pattern"))
    kinds = spec.pop("kinds", [])
    if unknown := set(spec) - _FIXED:
        raise BadInputError(f"frame {source!r} has unknown keys {sorted(unknown)}")
    if unknown := {name for name in _CLASS.findall(source) if name not in words}:
        raise BadInputError(f"frame {source!r} has unknown classes {sorted(unknown)}")
    return Frame(
        act=act,
        patterns=compile_pattern(_CLASS.sub(lambda found: words[found[1]], source), lang),
        fixed={key: str(value) for key, value in spec.items()},
        kinds=frozenset(kinds) if isinstance(kinds, list) else frozenset(),
    )
