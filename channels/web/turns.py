"""Runs turns for HTTP callers and shapes their answers: server-sent events or one JSON object."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi.responses import JSONResponse, Response
from fastapi.sse import format_sse_event

from agents.turn import Progress, TurnReply, TurnRequest
from channels.inbound import SHOWN_RECORDS, Answer
from channels.ports import User
from channels.web.metrics import Metrics
from channels.web.parts import WebParts
from channels.web.problems import log_bug, problem
from channels.wire import TurnOut, turn_out
from tools.context import Lang

_KEEP_ALIVE_S = 10.0
_FAILED_STATUS = {
    "E-NOTFOUND": 404,
    "E-DENIED": 403,
    "E-WITHHELD": 403,
    "E-CONFLICT": 409,
    "E-TIMEOUT": 504,
}
_UNAVAILABLE = frozenset({"E-UNAVAILABLE", "E-STORE", "E-PLATFORM", "E-MODEL"})
_BAD = frozenset({"E-INPUT", "E-KIND", "E-FIELD", "E-VALUE", "E-FILE"})


def outcome_of(reply: TurnReply) -> str:
    """Return the one word that a turn is counted under."""
    if reply.proposal is not None:
        return "proposed"
    if reply.question is not None:
        return "asked"
    return "refused" if reply.refusal is not None else "answered"


def status_of_failure(code: str) -> int:
    """Return the HTTP status of a turn that failed.

    >>> status_of_failure("E-DENIED"), status_of_failure("E-STORE"), status_of_failure("E-VALUE")
    (403, 503, 422)
    """
    if code in _UNAVAILABLE:
        return 503
    return 422 if code in _BAD else _FAILED_STATUS.get(code, 500)


class Chat:
    """Runs turns for HTTP callers. A turn goes on when the caller hangs up: its result is in the transcript."""

    def __init__(self, parts: WebParts, metrics: Metrics) -> None:
        self._parts = parts
        self._metrics = metrics
        self._running: set[asyncio.Task[Answer]] = set()

    async def drain(self) -> None:
        """Wait for running turns."""
        await asyncio.gather(*self._running, return_exceptions=True)

    def start(
        self, request: TurnRequest, user: User, steps: asyncio.Queue[Progress] | None = None
    ) -> asyncio.Task[Answer]:
        """Return the running turn.

        Args:
            request: What was said.
            user: By whom.
            steps: Where progress goes.
        """

        async def sink(step: Progress) -> None:
            if steps is not None:
                steps.put_nowait(step)

        task = asyncio.create_task(self._parts.desk.answer(request, user, sink))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def count(self, answer: Answer, began: float) -> None:
        """Count a finished turn; `began` is the event loop's time, seconds."""
        outcome = "failed" if answer.reply is None else outcome_of(answer.reply)
        self._metrics.turn(outcome, (asyncio.get_running_loop().time() - began) * 1000)

    async def as_json(self, request: TurnRequest, user: User) -> Response:
        """Return the whole turn as one object, or a `Problem`."""
        began = asyncio.get_running_loop().time()
        answer = await asyncio.shield(self.start(request, user))
        self.count(answer, began)
        if answer.failure is not None:
            failure = answer.failure
            body = problem(failure.code, failure.lang, failure.message)
            return JSONResponse(body.model_dump(), status_code=status_of_failure(failure.code))
        return JSONResponse(_out(answer).model_dump(mode="json"))

    async def as_events(self, request: TurnRequest, user: User, lang: Lang) -> AsyncIterator[bytes]:
        """Yield progress while the turn runs, then its parts, then the whole as `done`, or `error`."""
        began = asyncio.get_running_loop().time()
        steps: asyncio.Queue[Progress] = asyncio.Queue()
        task = self.start(request, user, steps)
        yield _event("progress", {"step": "", "thread": request.thread})
        async for step in _while_running(task, steps):
            if step is None:
                yield format_sse_event(comment="still working")
            else:
                yield _event("progress", {"step": step.step, "thread": request.thread})
        if task.exception() is not None:
            yield _bug(task, lang)
            return
        answer = task.result()
        self.count(answer, began)
        for event in _parts_of(answer):
            yield event


async def _while_running(
    task: asyncio.Task[Answer], steps: asyncio.Queue[Progress]
) -> AsyncIterator[Progress | None]:
    """Yield each step as it comes, None when there was none for a while, until the turn has ended."""
    while not (task.done() and steps.empty()):
        getter = asyncio.ensure_future(steps.get())
        try:
            await asyncio.wait({getter, task}, timeout=_KEEP_ALIVE_S, return_when="FIRST_COMPLETED")
            if getter.done():
                yield getter.result()
            elif not task.done():
                yield None
        finally:
            getter.cancel()


def _bug(task: asyncio.Task[Answer], lang: Lang) -> bytes:
    try:
        task.result()
    except Exception:  # noqa: BLE001 - the boundary of a streamed turn: headers are sent, so it becomes an event
        body = problem("E-INTERNAL", lang)
        return _event("error", body.model_copy(update={"reference": log_bug()}).model_dump())
    return b""


def _event(name: str, data: object) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(data, ensure_ascii=False))


def _out(answer: Answer) -> TurnOut:
    if answer.reply is None:
        raise ValueError("a failed turn has no reply")
    return turn_out(
        answer.reply, thread=answer.thread, max_records=SHOWN_RECORDS, words=answer.words
    )


def _parts_of(answer: Answer) -> list[bytes]:
    if answer.failure is not None:
        failure = answer.failure
        body = problem(failure.code, failure.lang, failure.message)
        return [_event("error", body.model_dump())]
    out = _out(answer).model_dump(mode="json")
    events = [_event("reply", {"turn": out["turn"], "reply": out["reply"], "lang": out["lang"]})]
    events += [
        _event(name, out[name])
        for name in ("table", "proposal", "question", "refusal", "evidence")
        if out[name]
    ]
    return [*events, _event("done", out)]
