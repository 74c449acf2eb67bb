"""A rig for one turn, and the scripted server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.integration.hosted.loopback import Body, LoopbackModel
from tests.unit.agents.rig import (
    Rig,
    open_rig,
)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with open_rig(tmp_path) as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[LoopbackModel]:
    model = LoopbackModel(url="")

    async def answer(request: web.Request) -> web.Response:
        line = model.next_line(await request.json())
        if line is None:
            await model.over.wait()
            return web.Response(status=503)
        if isinstance(line, int):
            return web.json_response({"error": {"message": "broken"}}, status=line)
        if isinstance(line, Body):
            return web.json_response(line.data)
        choice = {"index": 0, "message": line, "finish_reason": "stop"}
        usage = {"prompt_tokens": 90, "completion_tokens": 10, "total_tokens": 100}
        return web.json_response({
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [choice],
            "usage": usage,
        })

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    model.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield model
    model.over.set()
    await runner.cleanup()
