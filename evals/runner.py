"""Runs the cases of a file, one row a case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from channels.settings import Settings
from evals.attacks import AttackCase
from evals.cases import ChatCase, LanguageCase, RecallCase, read_cases
from evals.chat import score_chat
from evals.language import score_language
from evals.recall import score_recall
from evals.report import Row
from evals.rules import RuleCase, score_rule
from evals.sovereignty import Arenas, score_attack
from evals.worlds import Worlds


async def run(task: str, cases: Path, *, settings: Settings | None = None) -> AsyncIterator[Row]:
    """Yield the rows of a case file as they are scored.

    Args:
        task: chat, language, recall, rules or sovereignty.
        cases: The case file (docs/evals.md).
        settings: The model to run with; None: the offline model.

    Yields:
        One row a case. A case that fails with an error is a failed case, not the end of the run.

    Raises:
        BadInputError: The file is not a case file.
    """
    worlds, arenas = Worlds(cases.parent, settings), Arenas()
    try:
        for case in read_cases(task, cases):
            try:
                if isinstance(case, AttackCase):
                    yield await score_attack(case, arenas)
                else:
                    yield await _score(case, worlds, cases.parent)
            except Exception as error:  # noqa: BLE001 - a crash of the product is what an eval has to report
                yield Row(id=case.id, passed=False, wrong=(f"{type(error).__name__}: {error}",))
    finally:
        worlds.close()
        await arenas.close()


async def _score(
    case: ChatCase | LanguageCase | RuleCase | RecallCase, worlds: Worlds, folder: Path
) -> Row:
    if isinstance(case, ChatCase):
        return await score_chat(case, worlds)
    if isinstance(case, LanguageCase):
        return await score_language(case, worlds)
    if isinstance(case, RuleCase):
        return score_rule(case, folder)
    return await score_recall(case, worlds)
