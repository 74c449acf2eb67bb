"""Letters to people as files in the outbox of the authority: a mail or SMS gateway takes them from there."""

from __future__ import annotations

import json
import os
from pathlib import Path

from knowledge_graph.sovereignty.authority.desk import Letter


class FolderPost:
    """Writes each letter into a file that only the authority's user can read.

    Args:
        folder: Made with mode 0700 if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder

    def __call__(self, letter: Letter) -> None:
        """Deliver a letter."""
        content = {
            "to": str(letter.person),
            "request": letter.request_id,
            "code": letter.code,
            "text": letter.notice,
            "tiers": list(letter.tiers),
            "purpose": letter.purpose,
            "until": letter.until,
        }
        path = self._folder / f"{letter.request_id}.json"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
