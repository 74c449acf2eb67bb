"""POST /v1/chat, and what acts on a turn: confirm, cancel, undo."""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse
from pydantic import Field, StringConstraints

from agents.turn import TurnRequest
from channels.ports import User
from channels.web.auth import Caller
from channels.web.problems import lang_of, problem_responses
from channels.web.service import Served, Service, Signed
from channels.wire import TurnOut, Wire
from knowledge_graph.errors import NotFoundError
from tools.context import Lang

ThreadName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,80}$")]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,80}$")]
"""An id in an address: no space, so that it cannot become more of a command than it is."""


class ChatIn(Wire):
    """One message."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
    """A sentence, or /confirm /cancel /undo /why /help."""
    thread: ThreadName | None = None
    """The conversation; a new one is begun when absent. Names are private to each user."""
    lang: Literal["zh", "en"] | None = Field(default=None)
    purpose: str = Field(default="", max_length=60)
    """What personal data is used for: one purpose code; empty is service. An unknown one opens nothing."""


class ThreadIn(Wire):
    """Which conversation an action is said in."""

    thread: ThreadName | None = None


def thread_of(user: User, given: str | None) -> str:
    """Return the conversation's key: no user can reach another's, whatever name is given.

    Args:
        user: Who speaks.
        given: A name of the caller's choice, or a key that an earlier turn returned; None begins anew.
    """
    mine = f"web-{hashlib.sha256(user.id.encode()).hexdigest()[:12]}-"
    if given is None:
        return mine + secrets.token_hex(8)
    if given.startswith(mine):
        return given
    return mine + hashlib.sha256(given.encode()).hexdigest()[:16]


def _said(
    caller: Caller, text: str, thread: str, lang: Lang | None, purpose: str = ""
) -> TurnRequest:
    return TurnRequest(
        text=text,
        thread=thread,
        actor=caller.user.actor,
        channel="web",
        buttons=True,
        lang=lang or caller.user.lang,
        purpose=purpose,
    )


async def _respond(
    service: Service, request: Request, caller: Caller, said: TurnRequest
) -> Response:
    if "text/event-stream" in request.headers.get("accept", ""):
        return EventSourceResponse(
            service.chat.as_events(said, caller.user, lang_of(request)),
            headers={"x-accel-buffering": "no"},
        )
    return await service.chat.as_json(said, caller.user)


async def post_chat(body: ChatIn, request: Request, caller: Signed, service: Served) -> Response:
    """Return the answer to a message; `Accept: text/event-stream` streams it, else one JSON object."""
    thread = thread_of(caller.user, body.thread)
    said = _said(caller, body.text, thread, body.lang, body.purpose)
    return await _respond(service, request, caller, said)


async def _on_proposal(
    verb: str, proposal_id: str, request: Request, caller: Caller, service: Service
) -> Response:
    kept = await service.parts.proposals.get(proposal_id)
    if kept.actor != str(caller.user.actor):
        raise NotFoundError(f"no proposal {proposal_id!r}")
    lang: Lang = "zh" if kept.lang == "zh" else "en"
    said = _said(caller, f"/{verb} {proposal_id}", kept.thread, lang)
    return await _respond(service, request, caller, said)


async def confirm(proposal_id: Id, request: Request, caller: Signed, service: Served) -> Response:
    """Return what became of a proposal of one's own that is carried out."""
    return await _on_proposal("confirm", proposal_id, request, caller, service)


async def cancel(proposal_id: Id, request: Request, caller: Signed, service: Served) -> Response:
    """Return the answer after dropping a proposal of one's own."""
    return await _on_proposal("cancel", proposal_id, request, caller, service)


async def undo(
    change_id: Id,
    request: Request,
    caller: Signed,
    service: Served,
    body: ThreadIn | None = None,
) -> Response:
    """Return the answer after taking a change back, or why that is not possible."""
    thread = thread_of(caller.user, (body.thread if body is not None else None) or "actions")
    said = _said(caller, f"/undo {change_id}", thread, lang_of(request))
    return await _respond(service, request, caller, said)


def build_chat_routes() -> APIRouter:
    """Return the routes that run turns."""
    router = APIRouter(
        prefix="/v1",
        responses=problem_responses(),
        tags=["chat"],
    )
    for path, endpoint in (
        ("/chat", post_chat),
        ("/proposals/{proposal_id}/confirm", confirm),
        ("/proposals/{proposal_id}/cancel", cancel),
        ("/changes/{change_id}/undo", undo),
    ):
        router.add_api_route(path, endpoint, methods=["POST"], response_model=TurnOut)
    return router
