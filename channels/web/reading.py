"""Reading routes: records through the gate, decisions and conversations of one's own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from channels.ports import User
from channels.web.parts import RecordOut, RecordsOut, WebParts
from channels.web.problems import problem_responses
from channels.web.service import Served, Signed
from channels.wire import TurnOut, Wire
from knowledge_graph.errors import NotFoundError
from knowledge_graph.ontology.access import Access, Role

Kind = Annotated[str, Path(pattern=r"^[a-z_]{1,40}$")]
RecordId = Annotated[str, Path(min_length=1, max_length=200)]
_AUDITORS = frozenset({Role.STEWARD, Role.OWNER})


class DecisionOut(Wire):
    """One entry of the decision log."""

    id: str
    at: str
    thread: str
    actor: str
    input_digest: str
    model: str
    prompt_digest: str
    tools: tuple[dict[str, object], ...]
    facts: tuple[dict[str, object], ...]
    outcome: str
    change_ids: tuple[str, ...]


class ThreadOut(Wire):
    """A conversation in the list."""

    thread: str
    title: str
    last_at: str
    turns: int


class ThreadsOut(Wire):
    """The caller's conversations, latest first."""

    threads: tuple[ThreadOut, ...]


class ExchangeOut(Wire):
    """What was said and answered."""

    at: str
    text: str
    turn: TurnOut


class TranscriptOut(Wire):
    """A conversation, oldest first."""

    exchanges: tuple[ExchangeOut, ...]


def access_of(parts: WebParts, user: User) -> Access:
    """Return the request for data of a user who reads records directly."""
    return Access(actor=user.actor, at=parts.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"))


async def list_records(
    caller: Signed,
    service: Served,
    kind: Annotated[str, Query(pattern=r"^[a-z_]{1,40}$")],
    where: Annotated[str, Query(max_length=2000)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RecordsOut:
    """Return records of a kind that a sentence selects: `owner is Raj Patel and industry is 光伏`."""
    access = access_of(service.parts, caller.user)
    return await service.parts.records.find(kind, where, limit=limit, access=access)


async def show_record(
    kind: Kind, record_id: RecordId, caller: Signed, service: Served
) -> RecordOut:
    """Return one record."""
    access = access_of(service.parts, caller.user)
    return await service.parts.records.show(kind, record_id, access=access)


async def show_decision(decision_id: str, caller: Signed, service: Served) -> DecisionOut:
    """Return how an answer came about: one's own; all of them for stewards and the owner.

    Raises:
        NotFoundError: There is none that the caller may see.
    """
    found = await service.parts.decisions.get(decision_id)
    if found.actor != str(caller.user.actor) and caller.user.role not in _AUDITORS:
        raise NotFoundError(f"no decision {decision_id!r}")
    return DecisionOut(
        id=found.id,
        at=found.at,
        thread=found.thread,
        actor=found.actor,
        input_digest=found.input_digest,
        model=found.model,
        prompt_digest=found.prompt_digest,
        tools=tuple(dict(t) for t in found.tools),
        facts=tuple(dict(f) for f in found.facts),
        outcome=found.outcome,
        change_ids=found.change_ids,
    )


async def list_threads(caller: Signed, service: Served) -> ThreadsOut:
    """Return one's own conversations."""
    found = await service.parts.transcripts.threads(caller.user.id)
    return ThreadsOut(
        threads=tuple(
            ThreadOut(thread=t.thread, title=t.title, last_at=t.last_at, turns=t.turns)
            for t in found
        )
    )


async def show_thread(thread: str, caller: Signed, service: Served) -> TranscriptOut:
    """Return a conversation of one's own; what is not one's own is empty."""
    found = await service.parts.transcripts.entries(thread, caller.user.id)
    ended = await service.parts.granted.ended(thread, access_of(service.parts, caller.user))
    turns = [TurnOut.model_validate_json(e.reply) for e in found]
    return TranscriptOut(
        exchanges=tuple(
            ExchangeOut(
                at=e.at,
                text=e.text,
                turn=_emptied(turn) if turn.decision_id in ended.turns else turn,
            )
            for e, turn in zip(found, turns, strict=True)
        )
    )


def _emptied(turn: TurnOut) -> TurnOut:
    """Return a turn without its words: they rest on a consent that has ended."""
    gone = (
        "（此处内容依据的授权已结束）"
        if turn.lang == "zh"
        else "(withheld: the consent for this has ended)"
    )
    nothing = {"evidence": (), "table": None, "proposal": None, "question": None}
    return turn.model_copy(update={"reply": gone, **nothing})


async def forget_thread(thread: str, caller: Signed, service: Served) -> None:
    """Erase a conversation from the list; records and change log stay."""
    await service.parts.transcripts.forget(thread, caller.user.id)


def build_reading_routes() -> APIRouter:
    """Return the routes that read (and forget a transcript)."""
    router = APIRouter(
        prefix="/v1",
        responses=problem_responses(),
    )
    router.add_api_route("/records", list_records, tags=["records"])
    router.add_api_route("/records/{kind}/{record_id}", show_record, tags=["records"])
    router.add_api_route("/decisions/{decision_id}", show_decision, tags=["decisions"])
    router.add_api_route("/threads", list_threads, tags=["conversations"])
    router.add_api_route("/threads/{thread}", show_thread, tags=["conversations"])
    router.add_api_route(
        "/threads/{thread}",
        forget_thread,
        methods=["DELETE"],
        status_code=204,
        tags=["conversations"],
    )
    return router
