"""The case format of `guanxi eval` (docs/evals.md): one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.attacks import AttackCase
from evals.rules import RuleCase
from knowledge_graph.errors import BadInputError

Scalar = str | int | float | bool | None
Expectation = Literal["answer", "proposal", "question", "refusal", "any"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Workspace(_Strict):
    """What a case starts from."""

    sample: bool = False
    """The shipped sample workspace."""
    files: tuple[str, ...] = ()
    """Files to import, relative to the case file; imported as `guanxi import FILE… --yes` does."""
    records: tuple[dict[str, Scalar | list[str]], ...] = ()
    """Records written in the case: `kind`, `id` and fields."""
    records_from: tuple[str, ...] = ()
    """Files of such records, JSON Lines, relative to the case file: a world that many cases share."""


class ExpectedCall(_Strict):
    """A tool call that must happen; `args` are compared where they are given."""

    name: str
    args: dict[str, Scalar] = Field(default_factory=dict)
    outcome: Literal["ok", "retry", "failed", "approval"] | None = None


class Turn(_Strict):
    """One message and what must come of it."""

    user: str
    expect: Expectation | tuple[Expectation, ...] = "any"
    """What the turn comes to; several where each of them is right."""
    contains: tuple[str, ...] = ()
    """Words that the reply, its table or its evidence must hold, without case; `a|b`: one of them."""
    lacks: tuple[str, ...] = ()
    """Words that nothing of the turn may hold."""
    count: int | None = None
    """Records in the proposal, or rows counted in the answer."""
    tools: tuple[str, ...] | None = None
    """Exactly these tools were called in the turn; None: not compared."""
    may_ask: bool = False
    """Asking back is right too; the conversation then ends here and must have changed nothing else."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Every outcome that is right."""
        return (self.expect,) if isinstance(self.expect, str) else self.expect


class ExpectedRecord(_Strict):
    """A record after the conversation, found by id or by values."""

    kind: str
    id: str | None = None
    match: dict[str, Scalar] = Field(default_factory=dict)
    """Field values that single it out (for records that the conversation makes)."""
    fields: dict[str, Scalar | list[str]] = Field(default_factory=dict)
    """Values it must have; a reference may be given as id, name or e-mail of its target."""
    may: tuple[str, ...] = ()
    """Fields that may have changed as well, e.g. the date of the last contact."""
    deleted: bool = False
    created: bool = False
    """The conversation must have made it: a record that was there before does not count."""


class ChatCase(_Strict):
    """A conversation, and the state of the workspace after it."""

    id: str
    lang: Literal["zh", "en"] = "en"
    tags: tuple[str, ...] = ()
    workspace: Workspace = Workspace()
    now: str = "2026-11-20T03:00:00Z"
    actor: str = "owner:owner"
    turns: tuple[Turn, ...]
    calls: tuple[ExpectedCall, ...] | None = None
    """None: not compared. Else every one of them must happen, in any order."""
    state: tuple[ExpectedRecord, ...] = ()
    """Records that must have changed so."""
    nothing_else: bool = True
    """No record beside those of `state` may be created, changed or deleted."""


class LanguageCase(_Strict):
    """A sentence and the expression it must compile to, or the question it must lead to."""

    id: str
    lang: Literal["zh", "en"] = "en"
    tags: tuple[str, ...] = ()
    workspace: Workspace = Workspace()
    now: str = "2026-11-20T03:00:00Z"
    text: str
    entity: str | None = None
    query: dict[str, object] | None = None
    """The published JSON form (docs/expression.md)."""
    same_as: str | None = None
    """Another sentence with the same meaning."""
    ask: str | None = None
    """The code of the question back; "any" for whichever."""


class RecallCase(_Strict):
    """A question for documents and interactions."""

    id: str
    lang: Literal["zh", "en"] = "en"
    tags: tuple[str, ...] = ()
    workspace: Workspace = Workspace(sample=True)
    now: str = "2026-11-20T03:00:00Z"
    question: str
    about: str = ""
    quote_has: tuple[str, ...] = ()
    """Words that one of the first three quotes must hold, all of them."""
    not_found: bool = False
    """The workspace does not say; the right answer is that nothing was found."""


Case = ChatCase | LanguageCase | RecallCase | RuleCase | AttackCase
MODELS: dict[str, type[Case]] = {
    "chat": ChatCase,
    "language": LanguageCase,
    "recall": RecallCase,
    "rules": RuleCase,
    "sovereignty": AttackCase,
}


def read_cases(task: str, path: Path) -> Iterator[Case]:
    """Yield the cases of a file.

    Args:
        task: A name of `MODELS`.
        path: A JSON Lines file; empty lines are passed over.

    Yields:
        One case a line.

    Raises:
        BadInputError: No such task or file, or a line that is not a case; the line is named.
    """
    if task not in MODELS:
        raise BadInputError(f"no task {task!r}; there are {', '.join(MODELS)}")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BadInputError(f"cannot read {path.name!r}: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield MODELS[task].model_validate(json.loads(line))
        except (json.JSONDecodeError, ValidationError) as error:
            raise BadInputError(f"{path.name}:{number} is not a {task} case: {error}") from error
