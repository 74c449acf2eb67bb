"""Slack over HTTP: kept first, acknowledged at once, worked by the real Bolt application in the background."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from agents.turn import Progress, TurnRequest
from channels.inbound import Answer, Desk, Dispatcher, guess_lang, make_buttons, thread_key
from channels.linking import Linking
from channels.ports import Accounts, Button, Buttons, Inbox, InboxRow, User
from channels.slack.blocks import ACTION_PREFIX, answer_message, cut, escaped, pressed_blocks
from channels.slack.gate import SlackGate, lane_of, read_envelope
from channels.words import say
from knowledge_graph.ports import Clock

_LOG = logging.getLogger(__name__)
CHANNEL = "slack"
BODY_BYTES = 1_000_000
RATE_LIMIT_RETRIES = 3
_MENTION = re.compile(r"<@[A-Z0-9]+>\s*")


@dataclass(frozen=True, kw_only=True)
class SlackParts:
    """What the Slack channel needs."""

    desk: Desk
    accounts: Accounts
    inbox: Inbox
    buttons: Buttons
    clock: Clock
    token: str
    signing_secret: str
    api_url: str = "https://slack.com/api/"
    """With a slash at the end; tests point it at a loopback stub."""


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a person speaks."""

    team: str
    channel: str
    root: str
    """The thread's first message."""
    person: str
    private: bool
    """A direct message: only the person reads it."""

    @property
    def outside_id(self) -> str:
        return f"{self.team}/{self.person}"

    @property
    def thread(self) -> str:
        """The person is part of it: in a shared thread nobody's "those" are another's records."""
        return thread_key(CHANNEL, self.team, self.channel, self.root, self.person)


class SlackChannel:
    """One Slack application, mounted in the web service."""

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts
        self._gate = SlackGate(parts.signing_secret, parts.clock)
        self._client = AsyncWebClient(token=parts.token, base_url=parts.api_url)
        retry = AsyncRateLimitErrorRetryHandler(max_retry_count=RATE_LIMIT_RETRIES)
        self._client.retry_handlers.append(retry)
        self._linking = Linking(parts.accounts, CHANNEL)
        self._bolt = self._build_bolt()
        self.dispatcher = Dispatcher(
            channel=CHANNEL,
            inbox=parts.inbox,
            clock=parts.clock,
            handle=self._work,
            lane=lambda row: lane_of(row.body),
        )
        self.router = APIRouter(include_in_schema=False)
        self.router.add_api_route("/slack/events", self._receive, methods=["POST"])

    async def start(self) -> None:
        """Work what an earlier process left in the inbox."""
        await self.dispatcher.resume()

    async def stop(self) -> None:
        """Finish the work in hand."""
        await self.dispatcher.stop()

    async def _receive(self, request: Request) -> Response:
        body = await request.body()
        if len(body) > BODY_BYTES:
            return PlainTextResponse("too large", status_code=413)
        if not self._gate.admits(body, request.headers):
            return PlainTextResponse("not signed by Slack, or too old", status_code=401)
        envelope = read_envelope(body, request.headers.get("content-type", ""))
        if envelope is None:
            return PlainTextResponse("no payload of Slack's", status_code=400)
        if envelope.challenge is not None:
            return JSONResponse({"challenge": envelope.challenge})
        await self.dispatcher.accept(envelope.key, envelope.body)
        return Response(status_code=200)

    async def _work(self, row: InboxRow) -> None:
        # The signature was checked on receipt and is too old to be checked again after a restart:
        # "socket_mode" is Bolt's word for a payload whose sender is already known.
        request = AsyncBoltRequest(
            body=json.loads(row.body), mode="socket_mode", context={"attempt": row.attempts}
        )
        await self._bolt.async_dispatch(request)

    def _build_bolt(self) -> AsyncApp:
        bolt = AsyncApp(
            client=self._client,
            token=self._parts.token,
            process_before_response=True,
            request_verification_enabled=False,
        )
        bolt.event("message")(self._on_message)
        bolt.event("app_mention")(self._on_mention)
        bolt.event("app_home_opened")(self._on_home)
        bolt.action(re.compile(f"^{ACTION_PREFIX}"))(self._on_press)
        return bolt

    async def _on_message(self, event: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        plain = event.get("subtype") is None and "bot_id" not in event
        if plain and event.get("channel_type") == "im":
            await self._hear(_place(event, body, private=True), str(event.get("text", "")))

    async def _on_mention(self, event: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        text = _MENTION.sub("", str(event.get("text", "")))
        await self._hear(_place(event, body, private=False), text)

    async def _on_home(self, event: Mapping[str, Any]) -> None:
        if event.get("tab") != "messages":
            return
        prompts = ["Which of my opportunities close this month?", "我有哪些未解决的工单？"]
        await self._client.assistant_threads_setSuggestedPrompts(
            channel_id=event["channel"],
            prompts=[{"title": cut(p, 75), "message": p} for p in prompts],
        )

    async def _hear(self, place: _Place, text: str) -> None:
        text = _unescaped(text).strip()
        if not text:
            return
        user = await self._linking.user(place.outside_id)
        if user is None:
            # A code is only taken in private: in a channel others could read and use it first.
            lang = guess_lang(text)
            told = (
                await self._linking.greet(place.outside_id, text)
                if place.private
                else say("unlinked", lang)
            )
            await self._tell(place, told)
            return
        await self._turn(place, user, text, place.thread)

    async def _turn(self, place: _Place, user: User, text: str, thread: str) -> None:
        shown = ""

        async def step(progress: Progress) -> None:
            nonlocal shown
            if progress.step != shown:
                shown = progress.step
                await self._status(place, shown)

        await self._status(place, say("working", guess_lang(text, user)))
        request = TurnRequest(
            text=text,
            thread=thread,
            actor=user.actor,
            channel=CHANNEL,
            buttons=True,
            lang=user.lang,
        )
        answer = await self._parts.desk.answer(request, user, step)
        await self._deliver(place, answer)

    async def _deliver(self, place: _Place, answer: Answer) -> None:
        lang = answer.reply.lang if answer.reply is not None else "en"
        labels = (say("confirm", lang), say("cancel", lang), say("undo", lang))
        buttons = make_buttons(answer, CHANNEL, labels)
        await self._parts.buttons.keep(buttons)
        message = answer_message(answer, buttons)
        if place.private:
            await self._client.chat_postMessage(
                channel=place.channel,
                thread_ts=place.root,
                text=message.text,
                blocks=message.blocks,
                unfurl_links=False,
                unfurl_media=False,
            )
            return
        # In a shared channel only the person who asked sees records that their role may see.
        await self._client.chat_postEphemeral(
            channel=place.channel,
            user=place.person,
            thread_ts=place.root,
            text=message.text,
            blocks=message.blocks,
        )

    async def _status(self, place: _Place, text: str) -> None:
        if not place.private:
            return
        try:
            await self._client.assistant_threads_setStatus(
                channel_id=place.channel, thread_ts=place.root, status=cut(text, 50)
            )
        except SlackApiError as error:
            # A status is a courtesy: the answer must come even where it cannot be shown.
            _LOG.warning("no status in Slack: %s", error.response.get("error"))

    async def _tell(self, place: _Place, text: str) -> None:
        await self._client.chat_postEphemeral(
            channel=place.channel, user=place.person, thread_ts=place.root, text=escaped(text)
        )

    async def _on_press(self, body: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        place = _press_place(body)
        user = await self._linking.user(place.outside_id)
        if user is None:
            await self._tell(place, say("unlinked", "en"))
            return
        action = body["actions"][0]
        button = await self._parts.buttons.get(str(action.get("value", "")))
        refusal = await self._refusal(button, user, again=context.get("attempt", 1) > 1)
        if button is None or refusal:
            await self._tell(place, say(refusal or "too_late", user.lang or "en"))
            return
        await self._close(body, say("pressed", guess_lang(button.label), label=button.label))
        await self._turn(place, user, button.text, button.thread)

    async def _refusal(self, button: Button | None, user: User, *, again: bool) -> str:
        if button is None:
            return "too_late"
        if button.user_id != user.id:
            return "not_yours"
        first = await self._parts.buttons.close(button.group)
        # After a crash between the press and its turn the group is closed already; the assistant's own
        # compare-and-set decides then.
        return "" if first or again else "too_late"

    async def _close(self, body: Mapping[str, Any], note: str) -> None:
        message = body.get("message")
        if not isinstance(message, Mapping):
            # An ephemeral message cannot be edited by its time stamp; its buttons are closed on our side.
            return
        blocks: Sequence[Mapping[str, object]] = message.get("blocks", [])
        try:
            await self._client.chat_update(
                channel=body["channel"]["id"],
                ts=message["ts"],
                text=str(message.get("text", "")),
                blocks=[dict(block) for block in pressed_blocks(blocks, note)],
            )
        except SlackApiError as error:
            _LOG.warning("buttons not replaced in Slack: %s", error.response.get("error"))


def _place(event: Mapping[str, Any], body: Mapping[str, Any], *, private: bool) -> _Place:
    return _Place(
        team=str(body.get("team_id", "")),
        channel=str(event["channel"]),
        root=str(event.get("thread_ts") or event["ts"]),
        person=str(event["user"]),
        private=private,
    )


def _press_place(body: Mapping[str, Any]) -> _Place:
    channel = str(body["channel"]["id"])
    container = body.get("container", {})
    return _Place(
        team=str(body["team"]["id"]),
        channel=channel,
        root=str(container.get("thread_ts") or container.get("message_ts") or ""),
        person=str(body["user"]["id"]),
        private=channel.startswith("D"),
    )


def _unescaped(text: str) -> str:
    """Return what the person typed: Slack escapes three characters."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def build_slack(parts: SlackParts) -> SlackChannel:
    """Return the Slack channel, to be mounted by `build_web(parts, mounts=[…])`."""
    return SlackChannel(parts)
