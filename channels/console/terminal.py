"""`guanxi chat`: a conversation in the terminal."""

from __future__ import annotations

import asyncio
import sys

from rich.console import Console
from rich.text import Text

from agents.turn import Progress, TurnReply, TurnRequest
from channels.console.lines import Speaker, check_line
from channels.console.show import render_turn
from channels.ports import TurnTaker
from knowledge_graph.errors import CrmError

QUIET_SECONDS = 1.0
"""What takes longer shows progress."""
GREETING = "Guanxi 关系 · /help 帮助 · Ctrl-D 结束"
_LEAVE = frozenset({"/quit", "/exit", "exit", "quit", "退出"})


async def chat_terminal(assistant: TurnTaker, speaker: Speaker, console: Console) -> None:
    """Talk until the input ends.

    Args:
        assistant: Answers.
        speaker: Who talks.
        console: Where it shows.
    """
    console.print(Text(GREETING, style="dim"))
    offered: tuple[str, ...] = ()
    while (typed := await asyncio.to_thread(_ask, console)) is not None:
        if typed.strip().lower() in _LEAVE:
            return
        line = check_line(typed.encode("utf-8", "replace"), 0)
        if line.problem:
            if typed.strip():
                console.print(Text(line.problem, style="red"))
            continue
        reply = await say(assistant, speaker, chosen(line.text, offered), console)
        offered = () if reply is None or reply.question is None else _replies(reply)


async def say(
    assistant: TurnTaker, speaker: Speaker, text: str, console: Console
) -> TurnReply | None:
    """Take one message to the assistant and show the answer; None when it could not be answered.

    Args:
        assistant: Answers.
        speaker: Who talks.
        text: The message.
        console: Where it shows; what takes longer than a second shows progress.

    Returns:
        The answer that was shown.
    """
    request = speaker.says(text)
    try:
        reply = await _with_progress(assistant, request, console)
    except CrmError as error:
        console.print(Text(f"{error} [{error.code}]", style="red"))
        return None
    console.print(render_turn(reply))
    return reply


async def _with_progress(assistant: TurnTaker, request: TurnRequest, console: Console) -> TurnReply:
    status = console.status("…")

    async def report(step: Progress) -> None:
        status.update(Text(step.step))

    turn = asyncio.ensure_future(assistant.turn(request, report))
    try:
        done, _ = await asyncio.wait({turn}, timeout=QUIET_SECONDS)
        if not done:
            with status:
                return await turn
        return await turn
    finally:
        turn.cancel()


def chosen(text: str, offered: tuple[str, ...]) -> str:
    """Return what a number typed at a question stands for.

    >>> chosen("2", ("@lead:1", "@lead:2"))
    '@lead:2'
    >>> chosen("12 leads", ("a",))
    '12 leads'
    """
    if text.isdecimal() and 1 <= int(text) <= len(offered):
        return offered[int(text) - 1]
    return text


def _replies(reply: TurnReply) -> tuple[str, ...]:
    return () if reply.question is None else tuple(o.reply for o in reply.question.options)


def _ask(console: Console) -> str | None:
    try:
        if sys.stdin.isatty():
            import readline  # noqa: F401, PLC0415 - gives the prompt history and editing
        return console.input("[bold]› [/bold]")
    except (EOFError, KeyboardInterrupt):
        return None
