"""Lines of standard input, checked: what cannot be a message is an error of its line, not of the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import BinaryIO

from agents.turn import TurnRequest
from knowledge_graph.ontology.access import Actor

MAX_CHARS = 20_000
_MAX_BYTES = 4 * MAX_CHARS + 2
"""The longest line that can be in bounds: four bytes a character in UTF-8, and the line end."""


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """Who talks, and in which conversation."""

    actor: Actor
    thread: str
    purpose: str = ""
    """What personal data is used for, one purpose code; empty: the workspace's own."""

    def says(self, text: str) -> TurnRequest:
        """Return what somebody types as a request."""
        return TurnRequest(
            text=text,
            thread=self.thread,
            actor=self.actor,
            channel="console",
            purpose=self.purpose,
        )


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: its text, or what is wrong with it."""

    number: int
    text: str = ""
    problem: str = ""


async def read_lines(stream: BinaryIO) -> AsyncIterator[Line]:
    """Yield every line of a byte stream, at its own pace.

    Args:
        stream: UTF-8 text, one message a line.
    """
    number = 0
    while raw := await asyncio.to_thread(_next_line, stream):
        number += 1
        yield check_line(raw, number)


def _next_line(stream: BinaryIO) -> bytes:
    """Return one line; of one that is too long only the beginning, the rest is dropped."""
    raw = stream.readline(_MAX_BYTES + 1)
    rest = raw
    while len(rest) > _MAX_BYTES and not rest.endswith(b"\n"):
        rest = stream.readline(_MAX_BYTES + 1)
    return raw


def check_line(raw: bytes, number: int = 1) -> Line:
    r"""Return the text of a line, or what is wrong with it.

    >>> check_line("你好\r\n".encode()).text
    '你好'
    >>> check_line(b"\xff\n").problem
    'the line is not UTF-8'
    """
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
    except UnicodeDecodeError:
        long = len(raw) > _MAX_BYTES  # cut in the middle of a character
        return Line(number=number, problem=_TOO_LONG if long else "the line is not UTF-8")
    if len(text) > MAX_CHARS or len(raw) > _MAX_BYTES:
        return Line(number=number, problem=_TOO_LONG)
    if "\0" in text:
        return Line(number=number, problem="the line contains a NUL character")
    if not text:
        return Line(number=number, problem="the line is empty")
    return Line(number=number, text=text)


_TOO_LONG = f"the line is longer than {MAX_CHARS:,} characters"
