"""The strict prompt loader: `{name}` is the only syntax, and every variable is accounted for.

Prompts are Markdown files, one folder an agent role, one file a language: `sales/system.en.md`. The manifest
lists each prompt with its variables. Loading fails when a file uses a variable that the manifest does not
list, or does not use one that it lists; rendering fails when a value is missing or left over.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Lang = Literal["zh", "en"]
_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_HOME = Path(__file__).parent


class PromptError(Exception):
    """A prompt, the manifest and the values given do not fit together."""


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """One prompt in one language."""

    name: str
    lang: Lang
    text: str
    variables: frozenset[str]

    @property
    def digest(self) -> str:
        """Identifies the text in logs and baselines: 12 hex digits of SHA-256."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    def render(self, **values: str) -> str:
        """Return the text with its variables filled in; values are never read as templates.

        Raises:
            PromptError: A value is missing or left over.

        >>> Prompt(name="x", lang="en", text="Hi {who}", variables=frozenset({"who"})).render(who="{you}")
        'Hi {you}'
        """
        if values.keys() != self.variables:
            odd = ", ".join(sorted(values.keys() ^ self.variables))
            raise PromptError(f"prompt {self.name!r} ({self.lang}): missing or unknown: {odd}")
        return _VARIABLE.sub(lambda match: values[match[1]], self.text)


class PromptLibrary:
    """All prompts of the manifest, read and checked once; made by `load`."""

    def __init__(self, prompts: Mapping[tuple[str, Lang], Prompt]) -> None:
        self._prompts = prompts

    @classmethod
    def load(cls, folder: Path | None = None) -> PromptLibrary:
        """Read and check all prompts.

        Args:
            folder: Where manifest.toml lies; None: the shipped prompts.

        Returns:
            The library.

        Raises:
            PromptError: A file is missing, not listed, or uses other variables than listed.
        """
        home = folder or _HOME
        manifest = tomllib.loads((home / "manifest.toml").read_text(encoding="utf-8"))
        prompts: dict[tuple[str, Lang], Prompt] = {}
        for entry in manifest.get("prompt", []):
            for lang in entry["languages"]:
                prompt = _read(home, entry["name"], lang, frozenset(entry["variables"]))
                prompts[prompt.name, prompt.lang] = prompt
        listed = {f"{name}.{lang}.md" for name, lang in prompts}
        found = {p.relative_to(home).as_posix() for p in home.glob("*/*.md")}
        if found != listed:
            odd = ", ".join(sorted(found ^ listed))
            raise PromptError(f"files and manifest differ: {odd}")
        return cls(prompts)

    def get(self, name: str, lang: Lang) -> Prompt:
        """Return a prompt.

        Raises:
            PromptError: There is none of that name in that language.
        """
        prompt = self._prompts.get((name, lang))
        if prompt is None:
            raise PromptError(f"no prompt {name!r} in {lang!r}")
        return prompt

    def names(self) -> tuple[str, ...]:
        """Return all names, sorted."""
        return tuple(sorted({name for name, _ in self._prompts}))


def _read(home: Path, name: str, lang: Lang, variables: frozenset[str]) -> Prompt:
    path = home / f"{name}.{lang}.md"
    if not path.is_file():
        raise PromptError(f"prompt {name!r} has no file {path.name!r}")
    text = path.read_text(encoding="utf-8").strip()
    used = frozenset(_VARIABLE.findall(text))
    if used != variables:
        odd = ", ".join(sorted(used ^ variables))
        raise PromptError(f"prompt {name!r} ({lang}): file and manifest differ in {odd}")
    return Prompt(name=name, lang=lang, text=text, variables=variables)
