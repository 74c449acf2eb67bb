"""Plays the READMEs' conversations on the sample workspace: `python -m tests.docs.transcript` rewrites them."""

from __future__ import annotations

import asyncio
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from agents.turn import TurnRequest
from channels.bootstrap import build_app
from channels.clock import FixedClock
from channels.settings import Settings
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from tools.transfer.sample import sample_files

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
OWNER = Actor(role=Role.OWNER, id="owner")
LINES = {
    "README.md": (
        "how many open deals has Raj, worth how much?",
        "show me the 3 largest of them",
        "Move the deals of Sofia Rossi that are in qualification to proposal",
        "/confirm",
        "undo that",
        "/confirm",
        "add Priya Nair from Zenith Energy as a lead, give her to Raj and log that we spoke today",
        "what's the weather in Paris?",
    ),
    "README.zh-CN.md": (
        "李薇有多少个未结商机，一共多少钱",
        "苏州的客户有哪些",
        "把他们都转给李薇",
        "确认",
        "撤销刚才的修改",
        "确认",
        "大客户有哪些",
    ),
}
_BLOCK = re.compile(r"(<!-- transcript:start -->\n).*?(<!-- transcript:end -->)", re.DOTALL)
_ID = re.compile(r"(?<=/confirm )[a-z2-7]{12}|(?<=/cancel )[a-z2-7]{12}|(?<=/undo )[a-z2-7]{12}"
                 r"|(?<=undo change )[a-z2-7]{12}|(?<=撤销改动 )[a-z2-7]{12}")  # fmt: skip


async def play(lines: tuple[str, ...]) -> str:
    """Return the conversation as text; ids that are new each time are shown as `…`."""
    with tempfile.TemporaryDirectory() as home:
        app = await build_app(
            Settings(home=Path(home)), FixedClock(NOW), store=InMemoryGraphStore()
        )
        try:
            access = Access(actor=OWNER, at="2026-11-20T03:00:00Z")
            await app.transfer.apply(await app.transfer.propose(sample_files(), access), access)
            shown = []
            for line in lines:
                request = TurnRequest(text=line, thread="readme", actor=OWNER, channel="console")
                reply = await app.assistant.turn(request)
                shown.append(f"you ▸ {line}\n{_ID.sub('…', reply.reply)}{_rows(reply.table)}\n")
            return "\n".join(shown)
        finally:
            await app.close()


def _rows(table: object) -> str:
    rows = getattr(table, "rows", ())[:3]
    return "".join("\n  " + " · ".join(cell for cell in row if cell != "—") for row in rows)


def block(text: str) -> str:
    """Return the transcript that a page shows."""
    found = _BLOCK.search(text)
    assert found, "the page has no transcript markers"
    return found[0]


def rewritten(text: str, transcript: str) -> str:
    """Return the page with a transcript between its markers."""
    fenced = f"```text\n{transcript}```\n"
    return _BLOCK.sub(lambda m: f"{m[1]}{fenced}{m[2]}", text)


def main() -> None:
    """Write what the product says today into both pages."""
    for name, lines in LINES.items():
        page = ROOT / name
        text = page.read_text(encoding="utf-8")
        page.write_text(rewritten(text, asyncio.run(play(lines))), encoding="utf-8")


if __name__ == "__main__":
    main()
