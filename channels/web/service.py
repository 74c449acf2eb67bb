"""What the routes share, found through the application that serves the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from channels.web.auth import Caller, Door
from channels.web.metrics import Metrics
from channels.web.pages import Pages
from channels.web.parts import WebParts
from channels.web.turns import Chat


@dataclass(frozen=True, kw_only=True)
class Service:
    """One web service's parts."""

    parts: WebParts
    door: Door
    chat: Chat
    pages: Pages
    metrics: Metrics


def service_of(request: Request) -> Service:
    """Return the service that this request is for."""
    service: Service = request.app.state.service
    return service


async def caller_of(request: Request) -> Caller:
    """Return who calls; no route with data or writes goes without it."""
    return await service_of(request).door.caller(request)


Served = Annotated[Service, Depends(service_of)]
Signed = Annotated[Caller, Depends(caller_of)]
