"""Runs a server of the tests as a child that ends with the block, and also when the tests are killed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


class NotStartedError(RuntimeError):
    """The child ended before it said where it listens; the message is the end of its log."""


@contextmanager
def announced(
    command: Sequence[str],
    log: Path,
    *,
    word: str,
    patience: float,
    env: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Run a child that prints `WORD ADDRESS` when it is ready and ends when its standard input closes.

    Args:
        command: The program and its arguments.
        log: Where its standard error goes.
        word: What the line with the address begins with.
        patience: Seconds that it may take to end before it is killed.
        env: Its environment; None: this one.

    Yields:
        The address.

    Raises:
        NotStartedError: It printed no such line.
    """
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=env,
        ) as process,
    ):
        try:
            yield _address(process, log, word)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()


def _address(process: subprocess.Popen[str], log: Path, word: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(f"{word} "):
            return line.removeprefix(f"{word} ").strip().rstrip("/")
    raise NotStartedError(log.read_text(errors="replace")[-500:])
