"""What every command has: the global options, the app built from them, and where output goes."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from channels.bootstrap import App
    from channels.settings import Settings
    from knowledge_graph.ontology.access import Actor
    from knowledge_graph.ports import Clock

OWNER_ID = "owner"
"""The local user: who sits at this machine without `--as`."""


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """The global options of one call."""

    home: Path | None = None
    now: str | None = None
    actor: str | None = None
    options: argparse.Namespace
    """The command's own arguments."""

    def settings(self) -> Settings:
        """Return the settings, with the home of the command line."""
        from channels.settings import read_settings

        return read_settings(self.home)

    def clock(self) -> Clock:
        """Return the clock that `--now` asks for."""
        from channels.clock import FixedClock, SystemClock

        return FixedClock.parse(self.now) if self.now else SystemClock()

    def who(self) -> Actor:
        """Return who acts: `--as`, else the owner of the workspace."""
        from knowledge_graph.ontology.access import Actor, Role, parse_actor

        return parse_actor(self.actor) if self.actor else Actor(role=Role.OWNER, id=OWNER_ID)

    @asynccontextmanager
    async def app(self) -> AsyncIterator[App]:
        """Build the app, and close it at the end whatever happens."""
        import logging

        from channels.bootstrap import build_app
        from channels.commands.logs import log_to_file
        from knowledge_graph.stores.local_home import HomeFolder

        self.who()  # a wrong --as fails before a database is started
        settings = self.settings()
        home = HomeFolder.at(settings.home)
        home.prepare()
        handler = log_to_file(home)
        try:
            app = await build_app(settings, self.clock())
            try:
                yield app
            finally:
                await app.close()
        finally:
            logging.getLogger().removeHandler(handler)
            handler.close()


Run = Callable[[Invocation], Awaitable[int]]
"""A command: returns the exit status."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command of the console script."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    """Adds the command's own arguments."""
    run: Run
