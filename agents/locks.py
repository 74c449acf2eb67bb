"""One turn at a time in each conversation of this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class ThreadLocks:
    """A lock for each conversation; those that nobody holds or waits for are forgotten."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, thread: str) -> AsyncIterator[None]:
        """Wait for the turns before this one."""
        lock = self._locks.get(thread)
        if lock is None:
            lock = self._locks[thread] = asyncio.Lock()
        async with lock:
            yield
