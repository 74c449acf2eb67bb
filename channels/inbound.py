"""From a message to a delivered reply, the same for every channel: kept, worked once, in order."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from agents.turn import Refusal, TurnReply, TurnRequest
from channels.ports import (
    Button,
    ChangeWords,
    FieldWords,
    Inbox,
    InboxRow,
    ProgressSink,
    TranscriptEntry,
    Transcripts,
    TurnTaker,
    User,
)
from channels.wire import turn_out
from channels.words import say
from knowledge_graph.errors import CrmError
from knowledge_graph.ontology.change import RecordChange
from knowledge_graph.ports import Clock
from tools.context import Lang

_LOG = logging.getLogger(__name__)
MAX_ATTEMPTS = 3
"""A message that ended the process so often is put aside: it must not keep the service from starting."""
SHOWN_RECORDS = 20
"""Records of a proposal that are shown; the count says how many there are."""


def thread_key(channel: str, *parts: str) -> str:
    """Return the pseudonym of a conversation: stable, and no name or address in it.

    >>> thread_key("slack", "T1", "D1", "17.5") == thread_key("slack", "T1", "D1", "17.5")
    True
    >>> thread_key("slack", "T1", "D1")[:6]
    'slack-'
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return f"{channel}-{digest[:24]}"


def stamp(clock: Clock) -> str:
    """Return the clock's instant as the stores write it."""
    return clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A turn that ended in an error of ours."""

    code: str
    message: str
    lang: Lang


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What to deliver: a reply or a failure."""

    thread: str
    user: User
    reply: TurnReply | None = None
    failure: Failure | None = None
    words: tuple[tuple[FieldWords, ...], ...] = ()
    """Of the proposal's first changes."""

    @property
    def worded(self) -> TurnReply | None:
        """The reply with its proposal as people read it, for channels that show words only."""
        if self.reply is None or self.reply.proposal is None:
            return self.reply
        proposal = self.reply.proposal
        old = proposal.change_set.changes
        new = (_worded(c, w) for c, w in zip(old, self.words, strict=False))
        changes = (*new, *old[len(self.words) :])
        worded = replace(proposal, change_set=replace(proposal.change_set, changes=changes))
        return replace(self.reply, proposal=worded)


def _worded(change: RecordChange, words: tuple[FieldWords, ...]) -> RecordChange:
    return replace(
        change,
        before={w.label: w.before for w in words},
        after={w.label: w.after for w in words},
    )


def guess_lang(text: str, user: User | None = None) -> Lang:
    """Return the language for words of ours that no turn has produced.

    >>> guess_lang("你好")
    'zh'
    >>> guess_lang("hello")
    'en'
    """
    if any("\u4e00" <= ch <= "\u9fff" for ch in text):
        return "zh"
    return (user.lang if user is not None else None) or "en"


class Desk:
    """Takes one person's message to the assistant and keeps the exchange."""

    def __init__(
        self,
        *,
        assistant: TurnTaker,
        transcripts: Transcripts,
        clock: Clock,
        words: ChangeWords | None = None,
        timeout_s: float = 120,
    ) -> None:
        """Create the desk.

        Args:
            assistant: Answers.
            transcripts: Keeps what was shown.
            clock: The time of an exchange.
            words: Writes proposed changes for people; None shows them as stored.
            timeout_s: The longest a turn may take, seconds.
        """
        self._assistant = assistant
        self._transcripts = transcripts
        self._clock = clock
        self._words = words
        self._timeout_s = timeout_s

    async def answer(
        self, request: TurnRequest, user: User, progress: ProgressSink | None = None
    ) -> Answer:
        """Return what to show; an error of ours becomes a `Failure`, anything else is a bug and passes on."""
        lang = request.lang or guess_lang(request.text, user)
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await self._assistant.turn(request, progress)
                words = await self._worded(reply, request)
        except CrmError as error:
            return await self._failed(
                request, user, Failure(code=error.code, message=str(error), lang=lang)
            )
        except TimeoutError:
            late = f"no answer within {self._timeout_s:.0f} s; see /why for what was done"
            return await self._failed(
                request, user, Failure(code="E-TIMEOUT", message=late, lang=lang)
            )
        await self._keep(request, user, reply, words)
        return Answer(thread=request.thread, user=user, reply=reply, words=words)

    async def _keep(
        self,
        request: TurnRequest,
        user: User,
        reply: TurnReply,
        words: tuple[tuple[FieldWords, ...], ...] = (),
    ) -> None:
        shown = turn_out(reply, thread=request.thread, max_records=SHOWN_RECORDS, words=words)
        entry = TranscriptEntry(
            thread=request.thread,
            user_id=user.id,
            at=stamp(self._clock),
            text=request.text,
            reply=shown.model_dump_json(),
        )
        await self._transcripts.append(entry)

    async def _worded(
        self, reply: TurnReply, request: TurnRequest
    ) -> tuple[tuple[FieldWords, ...], ...]:
        if self._words is None or reply.proposal is None:
            return ()
        changes = reply.proposal.change_set.changes[:SHOWN_RECORDS]
        return await self._words.words(changes, request.actor, reply.lang)

    async def _failed(self, request: TurnRequest, user: User, failure: Failure) -> Answer:
        _LOG.warning("turn failed: %s", failure.code)
        text = say("failed", failure.lang, code=failure.code, message=failure.message)
        refusal = Refusal(reason=text, id=failure.code)
        reply = TurnReply(turn=0, reply=text, lang=failure.lang, refusal=refusal)
        await self._keep(request, user, reply)
        return Answer(thread=request.thread, user=user, failure=failure)


def make_buttons(answer: Answer, channel: str, labels: tuple[str, str, str]) -> tuple[Button, ...]:
    """Return the buttons of a reply: confirm and cancel, or undo, or one for each option.

    Args:
        answer: The reply to show.
        channel: Where it is shown.
        labels: What confirm, cancel and undo say, in the user's language.
    """
    reply = answer.reply
    if reply is None:
        return ()
    said: list[tuple[str, str]] = []
    if reply.proposal is not None:
        said += [
            (labels[0], f"/confirm {reply.proposal.id}"),
            (labels[1], f"/cancel {reply.proposal.id}"),
        ]
    if reply.question is not None:
        said += [(option.label, option.reply) for option in reply.question.options]
    if reply.change_id is not None:
        said.append((labels[2], f"/undo {reply.change_id}"))
    group = secrets.token_hex(8)
    return tuple(
        Button(
            id=secrets.token_hex(12),
            channel=channel,
            thread=answer.thread,
            user_id=answer.user.id,
            text=text,
            label=label,
            group=group,
        )
        for label, text in said
    )


Handler = Callable[[InboxRow], Awaitable[None]]


class Dispatcher:
    """Works a channel's inbox: each row once, rows of one lane in order, lanes side by side."""

    def __init__(
        self,
        *,
        channel: str,
        inbox: Inbox,
        clock: Clock,
        handle: Handler,
        lane: Callable[[InboxRow], str],
    ) -> None:
        """Create a dispatcher.

        Args:
            channel: Whose rows it works.
            inbox: Where they are kept.
            clock: The time of receipt.
            handle: Does the work; what it raises is logged and the row is put aside.
            lane: Rows of one lane are worked one after the other (a conversation).
        """
        self._channel = channel
        self._inbox = inbox
        self._clock = clock
        self._handle = handle
        self._lane = lane
        self._lanes: dict[str, asyncio.Queue[InboxRow]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}

    async def accept(self, key: str, body: str) -> bool:
        """Keep a message and queue it; once this returns the sender may be told that we have it.

        Returns:
            False when it had been received before (nothing is queued).
        """
        row = InboxRow(channel=self._channel, key=key, body=body, received_at=stamp(self._clock))
        fresh = await self._inbox.receive(row)
        if fresh:
            self._queue(row)
        return fresh

    async def resume(self) -> int:
        """Return how many messages an earlier process left unfinished, and queue them."""
        rows = await self._inbox.waiting(self._channel)
        for row in rows:
            self._queue(row)
        return len(rows)

    async def idle(self) -> None:
        """Return when nothing is queued or worked."""
        while self._workers:
            await asyncio.gather(*self._workers.values(), return_exceptions=True)

    async def stop(self, *, grace_s: float = 10) -> None:
        """Let the work in hand end; what is not done by then stays in the inbox."""
        workers = tuple(self._workers.values())
        if not workers:
            return
        _, late = await asyncio.wait(workers, timeout=grace_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _queue(self, row: InboxRow) -> None:
        lane = self._lane(row)
        queue = self._lanes.setdefault(lane, asyncio.Queue())
        queue.put_nowait(row)
        if lane not in self._workers:
            self._workers[lane] = asyncio.create_task(self._work(lane, queue))

    async def _work(self, lane: str, queue: asyncio.Queue[InboxRow]) -> None:
        try:
            while not queue.empty():
                await self._one(queue.get_nowait())
        finally:
            del self._workers[lane]
            del self._lanes[lane]

    async def _one(self, row: InboxRow) -> None:
        attempts = await self._inbox.begin(self._channel, row.key)
        if attempts > MAX_ATTEMPTS:
            _LOG.error("%s message %s put aside after %d attempts", row.channel, row.key, attempts)
            await self._inbox.finish(self._channel, row.key, failed=True)
            return
        failed = True
        try:
            await self._handle(replace(row, attempts=attempts))
            failed = False
        except Exception:  # noqa: BLE001 - the turn boundary of a channel: one bad message must not stop the rest
            _LOG.exception("%s message %s failed", row.channel, row.key)
        await self._inbox.finish(self._channel, row.key, failed=failed)
