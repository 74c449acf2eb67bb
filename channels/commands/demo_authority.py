"""Runs a consent authority as a process of its own, for the time of a demonstration."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

AUTHORITY_STARTS_S = 30.0


class DemoBrokenError(Exception):
    """A step did not come to what it has to show."""


@asynccontextmanager
async def authority_process(root: Path, at: str) -> AsyncIterator[None]:
    """Run the consent authority as a process of its own, trusted by the workspace of the demo.

    Args:
        root: Holds the workspace in `home`; the authority gets a folder beside it.
        at: The instant at which its clock stands.

    Raises:
        DemoBrokenError: It does not start.
    """
    port = _free_port()
    argv = ("-m", "channels.cli", "--home", str(root / "home"), "--now", at)
    served = (*argv, "consent-authority", str(root / "authority"), "--port", str(port))
    quiet = asyncio.subprocess.DEVNULL
    pin = await asyncio.create_subprocess_exec(sys.executable, *served, "--pin", stdout=quiet)
    if await pin.wait() != 0:
        raise DemoBrokenError("the consent authority could not be pinned")
    process = await asyncio.create_subprocess_exec(sys.executable, *served, stdout=quiet)
    try:
        await _answers(f"http://127.0.0.1:{port}/keys", process)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(url: str, process: asyncio.subprocess.Process) -> None:
    """Return when the authority answers.

    Raises:
        DemoBrokenError: It has ended, or takes too long.
    """
    import httpx

    try:
        async with asyncio.timeout(AUTHORITY_STARTS_S), httpx.AsyncClient() as client:
            while process.returncode is None:
                try:
                    (await client.get(url)).raise_for_status()
                except httpx.HTTPError:
                    await asyncio.sleep(0.05)
                else:
                    return
    except TimeoutError:
        pass
    raise DemoBrokenError("the consent authority does not answer")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
