"""`guanxi demo`: a whole conversation on the sample workspace, without key and without network."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from channels.commands.invocation import Command, Invocation

if TYPE_CHECKING:
    from rich.console import Console

    from channels.bootstrap import App
    from channels.console.lines import Speaker
    from tools.context import Lang

STATUS_FAILED = 1


@dataclass(frozen=True, kw_only=True)
class Line:
    """What the demo types, and why."""

    say: str
    about: str


SCRIPT: dict[str, tuple[Line, ...]] = {
    "zh": (
        Line(about="问一个数", say="有多少个未成交的商机，总金额多少？"),
        Line(about="按条件查找", say="查找状态是新线索的线索"),
        Line(
            about="批量修改：先看预览，一条都没有写入", say="把状态是新线索的线索的状态改为已联系"
        ),
        Line(about="确认后才写入", say="/confirm"),
        Line(about="为什么这样做", say="/why"),
        Line(about="撤销", say="/undo"),
        Line(about="果然恢复了", say="状态是新线索的线索有多少条？"),
    ),
    "en": (
        Line(
            about="ask for a number", say="how many open opportunities are there, worth how much?"
        ),
        Line(about="find by a filter", say="find the leads with status new"),
        Line(
            about="change many at once: a preview first, nothing is written",
            say="change the status of the leads with status new to contacted",
        ),
        Line(about="written only after a yes", say="/confirm"),
        Line(about="why it did that", say="/why"),
        Line(about="take it back", say="/undo"),
        Line(about="they are back", say="how many leads with status new are there?"),
    ),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=("records", "rules", "sovereignty"),
        default="records",
        help="default: records",
    )
    parser.add_argument(
        "--lang", choices=("zh", "en", "both"), default="both", help="default: both"
    )


async def run(call: Invocation) -> int:
    """Return the exit status after playing the conversation on a temporary home, or on `--home`."""
    from rich.console import Console

    from channels.commands.importing import import_sample
    from channels.console.lines import Speaker
    from channels.inbound import thread_key

    console = Console()
    both: tuple[Lang, ...] = ("zh", "en")
    languages = both if call.options.lang == "both" else (call.options.lang,)
    if call.options.what == "rules":
        from channels.commands.demo_rules import run_rules

        played = [await run_rules(call, lang, console) for lang in languages]
        return 0 if all(played) else STATUS_FAILED
    if call.options.what == "sovereignty":
        from channels.commands.demo_sovereignty import run_sovereignty

        return 0 if await run_sovereignty(call, languages, console) else STATUS_FAILED
    async with _on_some_home(call) as app:
        if not await app.graph.counts():
            await import_sample(app, call.who())
        for lang in languages:
            actor = call.who()
            speaker = Speaker(actor=actor, thread=thread_key("console", str(actor), "demo", lang))
            if not await play(app, speaker, SCRIPT[lang], console):
                return STATUS_FAILED
    return 0


@asynccontextmanager
async def _on_some_home(call: Invocation) -> AsyncIterator[App]:
    if call.home is not None:
        async with call.app() as app:
            yield app
        return
    from tools.transfer.sample.world import TODAY

    # the sample is of one day: on any other its "overdue" and "this week" would mean something else
    now = call.now or f"{TODAY.isoformat()}T09:00:00+08:00"
    with tempfile.TemporaryDirectory(prefix="guanxi-demo-") as folder:
        async with replace(call, home=Path(folder), now=now).app() as app:
            yield app


async def play(app: App, speaker: Speaker, script: Sequence[Line], console: Console) -> bool:
    """Say every line to the assistant and show the answers.

    Args:
        app: The app.
        speaker: Who talks.
        script: What is said.
        console: Where it shows.

    Returns:
        Whether every line was answered.
    """
    from rich.rule import Rule
    from rich.text import Text

    from channels.console.terminal import say

    for line in script:
        console.print(Rule(Text(line.about, style="dim"), align="left"))
        console.print(Text(f"› {line.say}", style="bold"))
        if await say(app.assistant, speaker, line.say, console) is None:
            return False
    return True


COMMAND = Command(
    name="demo",
    help="play a conversation on the sample workspace 演示",
    arguments=arguments,
    run=run,
)
