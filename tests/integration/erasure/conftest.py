"""The home whose person is erased."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.clock import FixedClock
from knowledge_graph.testing.memory_store import InMemoryGraphStore
from tests.integration.erasure.world import (
    World,
    fill,
    open_world,
)


@pytest.fixture
async def world(home: Path, clock: FixedClock) -> AsyncIterator[World]:
    found = await open_world(home, clock, InMemoryGraphStore())
    await fill(found)
    yield found
    await found.parts.aclose()
