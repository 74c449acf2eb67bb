"""What stands before every route: size and time of a body, the Host header, and the headers of safe answers."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from channels.web.parts import WebLimits
from channels.web.problems import WebError, problem
from channels.web.texts import page_lang

CSP = "; ".join([
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
])
"""No inline script or style, no eval, nothing from elsewhere, not framed."""

_HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Refuses foreign hosts, large and slow bodies; adds the security headers to every answer."""

    def __init__(self, app: ASGIApp, *, limits: WebLimits, hosts: tuple[str, ...]) -> None:
        self._app = app
        self._limits = limits
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its whole body in hand, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            body = await self._admit(Headers(scope=scope), receive)
        except WebError as error:
            lang = page_lang(None, Headers(scope=scope).get("accept-language"))
            answer = problem(error.code, lang, error.detail).model_dump()
            await JSONResponse(answer, status_code=error.status)(scope, receive, safe)
            return
        await self._app(scope, _replay(body, receive), safe)

    async def _admit(self, headers: Headers, receive: Receive) -> bytes:
        if _host(headers.get("host", "")) not in self._hosts:
            raise WebError(400, "E-INPUT", "unknown Host header")
        declared = headers.get("content-length", "0")
        if not declared.isdigit() or int(declared[:12]) > self._limits.body_bytes:
            raise WebError(413, "E-SIZE")
        try:
            async with asyncio.timeout(self._limits.body_timeout_s):
                return await _read(receive, self._limits.body_bytes)
        except TimeoutError:
            raise WebError(408, "E-INPUT", "the body came too slowly") from None


def _host(header: str) -> str:
    """Return the host without its port.

    >>> _host("localhost:8000"), _host("[::1]:8000"), _host("a.example")
    ('localhost', '[::1]', 'a.example')
    """
    if header.startswith("["):
        return header.partition("]")[0] + "]"
    return header.partition(":")[0].lower()


async def _read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise WebError(400, "E-INPUT", "the request ended early")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise WebError(413, "E-SIZE")
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
