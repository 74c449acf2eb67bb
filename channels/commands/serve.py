"""`guanxi serve`: the web chat, HTTP, and the configured channels, until it is stopped."""

from __future__ import annotations

import argparse
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

from channels.commands.invocation import Command, Invocation

if TYPE_CHECKING:
    from channels.bootstrap import App

SIGN_IN_MINUTES = 10
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("--host", help="address to listen on; default GUANXI_HOST (127.0.0.1)")
    parser.add_argument("--port", type=int, help="port; default GUANXI_PORT (8420), 0: a free one")
    parser.add_argument(
        "--sample", action="store_true", help="load the sample workspace into an empty home first"
    )


async def run(call: Invocation) -> int:
    """Return the exit status after serving until stopped.

    Raises:
        ConflictError: A service runs on this home already.
        StoreUnavailableError: The address is taken.
    """
    from knowledge_graph.errors import ConflictError
    from knowledge_graph.stores.local_home import FileLock, HomeFolder

    home = HomeFolder.at(call.settings().home)
    home.prepare()
    lock = FileLock(home.service_lock)
    if not lock.acquire():
        raise ConflictError(
            f"a service already runs on the home {str(home.root)!r} (process {lock.holder()}); "
            "this one was not started. Commands such as `guanxi chat` work beside it."
        )
    try:
        _say("starting …")
        async with call.app() as app:
            if call.options.sample:
                await _load_sample(call, app)
            await _serve(call, app)
    finally:
        lock.release()
    return 0


async def _load_sample(call: Invocation, app: App) -> None:
    """Import the sample workspace when the home holds no records yet."""
    from channels.commands.importing import import_sample

    if not await app.graph.counts():
        await import_sample(app, call.who())


async def _serve(call: Invocation, app: App) -> None:
    import uvicorn

    from channels.bootstrap import build_service
    from channels.upkeep import kept_up
    from knowledge_graph.errors import StoreUnavailableError

    host = call.options.host or app.settings.host
    port = app.settings.port if call.options.port is None else call.options.port
    config = uvicorn.Config(
        build_service(app, host=host), host=host, port=port, log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    try:
        listener = config.bind_socket()
    except SystemExit:
        raise StoreUnavailableError(
            f"the address {host}:{port} is taken or not ours; give another one with --port"
        ) from None
    with listener:
        await _greet(app, host, int(listener.getsockname()[1]))
        app.rules.start()
        async with kept_up(app.upkeep):
            await server.serve(sockets=[listener])


async def _greet(app: App, host: str, port: int) -> None:
    """Print where to go: once only, for the person at this machine, a link that signs in."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    _say(f"Guanxi 关系 · {address}")
    from channels.state.opening import LOCAL_OWNER

    if shown in LOOPBACK:
        life = timedelta(minutes=SIGN_IN_MINUTES)
        issued = await app.accounts.issue(LOCAL_OWNER.id, "sign_in", ttl=life)
        _say(f"  sign in once 一次性登录: {address}/sign-in/once#{issued.secret}")
    _say(f"  in the terminal 终端对话: guanxi --home {app.home.root} chat")
    _say("  stop 停止: Ctrl-C")


def _say(text: str) -> None:
    print(text, flush=True)
    sys.stdout.flush()


COMMAND = Command(
    name="serve", help="start the web chat and the channels 启动服务", arguments=arguments, run=run
)
