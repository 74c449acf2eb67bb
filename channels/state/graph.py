"""Opens the graph database of a home, with personal values sealed; seals one that was made before."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from zoneinfo import ZoneInfo

from channels.settings import Settings
from channels.state.custody import Custody, key_place, open_custody
from channels.state.opening import open_state
from channels.state.sealing import HomeSealer, Sealing
from knowledge_graph.errors import BadInputError
from knowledge_graph.ports import Clock, GraphStore
from knowledge_graph.sealing.graph_store import SealedGraphStore
from knowledge_graph.stores.local import BoltAddress, HomeFolder, start_or_join
from knowledge_graph.stores.neo4j import Neo4jGraphStore

_COLLECT = (50_000, 20, 10)
"""New objects before a collection of garbage, and collections of one age before the next. A workspace keeps a
million objects for long; Python's default walks them so often that it took 30 % of a large undo (measured)."""


async def open_graph(
    settings: Settings, home: HomeFolder, custody: Custody, parts: AsyncExitStack
) -> GraphStore:
    """Return the graph database with personal values sealed.

    Args:
        settings: Which database.
        home: The home folder.
        custody: The keys, and who was erased.
        parts: Closes it.
    """
    gc.set_threshold(*_COLLECT)
    below, zone = await _below(settings, home, parts), ZoneInfo(settings.timezone)
    store = SealedGraphStore(below, custody.vault, timezone=zone, tombstones=custody)
    parts.push_async_callback(store.close)
    await store.migrate()
    return store


async def _below(settings: Settings, home: HomeFolder, parts: AsyncExitStack) -> GraphStore:
    """Return the graph database itself, started if need be, not yet migrated."""
    address, zone = await _database(settings, home, parts), ZoneInfo(settings.timezone)
    return Neo4jGraphStore(address.uri, address.auth, address.database, timezone=zone)


async def _database(settings: Settings, home: HomeFolder, parts: AsyncExitStack) -> BoltAddress:
    """Return the address of the configured server, else of the embedded one, started or joined."""
    if settings.neo4j_uri:
        return BoltAddress(
            uri=settings.neo4j_uri,
            user=settings.neo4j_user,
            password=settings.neo4j_password.get_secret_value(),
            database=settings.neo4j_database,
        )
    server = await start_or_join(home.root)
    parts.push_async_callback(server.close)
    return server.address


async def seal_home(settings: Settings, clock: Clock) -> Sealing:
    """Seal a home that keeps people in the clear.

    Args:
        settings: Of the home; its database is the embedded one.
        clock: Stamps.

    Returns:
        What was sealed.

    Raises:
        BadInputError: The database is a server of its own, which cannot be made anew from here.
    """
    if settings.neo4j_uri:
        raise BadInputError(
            "a Neo4j server cannot be made anew from here: export, empty it, import; nothing was changed"
        )
    home = HomeFolder.at(settings.home)
    home.prepare()

    @asynccontextmanager
    async def opened() -> AsyncIterator[GraphStore]:
        async with AsyncExitStack() as database:
            below = await _below(settings, home, database)
            database.push_async_callback(below.close)
            await below.migrate()
            yield below

    async with AsyncExitStack() as parts:
        custody = await open_custody(key_place(home, settings), parts)
        state = await open_state(home, clock, parts, vault=custody.vault)
        sealer = HomeSealer(home=home, clock=clock, custody=custody, state=state, opened=opened)
        return await sealer.run()
