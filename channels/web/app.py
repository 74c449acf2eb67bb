"""The HTTP service as one FastAPI application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from channels.web.auth import Door
from channels.web.chat import build_chat_routes
from channels.web.guard import Guard
from channels.web.metrics import Metrics
from channels.web.page_routes import build_page_routes
from channels.web.pages import Pages
from channels.web.parts import Mount, WebParts
from channels.web.problems import BugBoundary, add_problem_handlers
from channels.web.reading import build_reading_routes
from channels.web.rules import build_rule_routes
from channels.web.service import Served, Service
from channels.web.sessions import build_session_routes
from channels.web.turns import Chat


class _Counted:
    """Counts answers by method and status class."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.request(scope["method"], message["status"])
            await send(message)

        await self._app(scope, receive, counted)


async def healthz() -> dict[str, str]:
    """Return that the process answers; nothing about data."""
    return {"status": "ok"}


async def show_metrics(service: Served) -> PlainTextResponse:
    """Return counters in Prometheus' text format, without names or texts."""
    return PlainTextResponse(service.metrics.text(), media_type="text/plain; version=0.0.4")


def build_web(parts: WebParts, mounts: Sequence[Mount] = ()) -> FastAPI:
    """Return the service: pages, `/v1`, health, metrics, and the channels mounted in it.

    Args:
        parts: What it is built from.
        mounts: Other channels that receive over HTTP (Slack, Telegram); started and stopped with it.
    """
    metrics = Metrics()
    chat = Chat(parts, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(chat.drain)
            for mount in mounts:
                await mount.start()
                stack.push_async_callback(mount.stop)
            yield

    app = FastAPI(title="Guanxi", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.service = Service(
        parts=parts, door=Door(parts), chat=chat, pages=Pages(), metrics=metrics
    )
    add_problem_handlers(app)
    for router in (
        build_chat_routes(),
        build_reading_routes(),
        build_rule_routes(),
        build_session_routes(),
        build_page_routes(),
        *(mount.router for mount in mounts),
    ):
        app.include_router(router)
    app.add_api_route("/healthz", healthz, tags=["operation"])
    app.add_api_route(
        "/metrics", show_metrics, tags=["operation"], response_class=PlainTextResponse
    )
    static = str(files("channels.web").joinpath("static"))
    app.mount("/static", StaticFiles(directory=static), name="static")
    app.add_middleware(BugBoundary)
    app.add_middleware(Guard, limits=parts.limits, hosts=parts.hosts)
    app.add_middleware(_Counted, metrics=metrics)
    return app
