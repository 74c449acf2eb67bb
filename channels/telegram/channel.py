"""Telegram over a webhook: the raw update is kept first; python-telegram-bot is the typed client and parser."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import warnings
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from telegram import Bot, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatAction, ChatType, ParseMode
from telegram.error import BadRequest, RetryAfter
from telegram.request import HTTPXRequest

from agents.turn import TurnRequest
from channels.inbound import Answer, Desk, Dispatcher, guess_lang, make_buttons, thread_key
from channels.linking import Linking
from channels.ports import Accounts, Button, Buttons, Inbox, InboxRow, User
from channels.telegram.render import answer_messages, cut, escaped, packed
from channels.words import say
from knowledge_graph.ports import Clock

_LOG = logging.getLogger(__name__)
CHANNEL = "telegram"
BODY_BYTES = 1_000_000
MAX_WAITS = 3
LONGEST_WAIT_S = 60.0
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class TelegramParts:
    """What the Telegram channel needs."""

    desk: Desk
    accounts: Accounts
    inbox: Inbox
    buttons: Buttons
    clock: Clock
    token: str
    webhook_secret: str
    """Sent back by Telegram with each update; at least 16 characters."""
    public_url: str = ""
    """The https address of this service; when set, the webhook is registered at the start."""
    api_url: str = "https://api.telegram.org/bot"


class TelegramChannel:
    """One Telegram bot, mounted in the web service.

    Args:
        parts: What it is built from.

    Raises:
        ValueError: The webhook secret is too short to be one.
    """

    def __init__(self, parts: TelegramParts) -> None:
        if len(parts.webhook_secret) < 16:
            raise ValueError("the webhook secret needs at least 16 characters")
        self._parts = parts
        self._linking = Linking(parts.accounts, CHANNEL)
        request = HTTPXRequest(httpx_kwargs={"trust_env": False})
        self._bot = Bot(token=parts.token, base_url=parts.api_url, request=request)
        self.dispatcher = Dispatcher(
            channel=CHANNEL,
            inbox=parts.inbox,
            clock=parts.clock,
            handle=self._work,
            lane=lambda row: _lane(row.body),
        )
        self.router = APIRouter(include_in_schema=False)
        self.router.add_api_route("/telegram/webhook", self._receive, methods=["POST"])

    async def start(self) -> None:
        """Register the webhook when an address is set; work what an earlier process left."""
        await self._bot.initialize()
        if self._parts.public_url:
            await self._bot.set_webhook(
                f"{self._parts.public_url.rstrip('/')}/telegram/webhook",
                secret_token=self._parts.webhook_secret,
                allowed_updates=["message", "callback_query"],
            )
        await self.dispatcher.resume()

    async def stop(self) -> None:
        """Finish the work in hand."""
        await self.dispatcher.stop()
        await self._bot.shutdown()

    async def _receive(self, request: Request) -> Response:
        sent = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(sent.encode(), self._parts.webhook_secret.encode()):
            return PlainTextResponse("not from Telegram", status_code=403)
        body = await request.body()
        if len(body) > BODY_BYTES:
            return PlainTextResponse("too large", status_code=413)
        try:
            text = body.decode("utf-8")
            update = json.loads(text)
        except ValueError:
            return PlainTextResponse("no JSON", status_code=400)
        number = update.get("update_id") if isinstance(update, dict) else None
        if not isinstance(number, int) or isinstance(number, bool):
            return PlainTextResponse("no update", status_code=400)
        await self.dispatcher.accept(str(number), text)
        return Response(status_code=200)

    async def _work(self, row: InboxRow) -> None:
        update = Update.de_json(json.loads(row.body), self._bot)
        if update.callback_query is not None:
            await self._pressed(update.callback_query, again=row.attempts > 1)
        elif update.message is not None:
            await self._hear(update.message)

    async def _hear(self, message: Message) -> None:
        # Groups are left alone: an answer there would show records to people with other roles.
        if message.chat.type != ChatType.PRIVATE or message.from_user is None:
            return
        chat, person = message.chat.id, str(message.from_user.id)
        user = await self._linking.user(person)
        if message.text is None:
            await self._send(chat, [say("text_only", (user.lang if user else None) or "en")])
        elif user is None:
            await self._send(
                chat, packed([escaped(await self._linking.greet(person, message.text))])
            )
        else:
            await self._turn(chat, user, _command(message.text), _thread(chat, person))

    async def _turn(self, chat: int, user: User, text: str, thread: str) -> None:
        await self._patiently(lambda: self._bot.send_chat_action(chat, ChatAction.TYPING))
        request = TurnRequest(
            text=text,
            thread=thread,
            actor=user.actor,
            channel=CHANNEL,
            buttons=True,
            lang=user.lang,
        )
        answer = await self._parts.desk.answer(request, user)
        buttons = await self._keep_buttons(answer)
        await self._send(chat, answer_messages(answer), buttons)

    async def _keep_buttons(self, answer: Answer) -> tuple[Button, ...]:
        lang = answer.reply.lang if answer.reply is not None else "en"
        labels = (say("confirm", lang), say("cancel", lang), say("undo", lang))
        buttons = make_buttons(answer, CHANNEL, labels)
        await self._parts.buttons.keep(buttons)
        return buttons

    async def _pressed(self, query: CallbackQuery, *, again: bool) -> None:
        message, person = query.message, str(query.from_user.id)
        user = await self._linking.user(person)
        button = await self._parts.buttons.get(query.data or "")
        if message is None or user is None:
            await self._acknowledge(query, say("not_yours", "en"))
            return
        refusal = await self._refusal(button, user, _thread(message.chat.id, person), again=again)
        if button is None or refusal:
            await self._acknowledge(query, say(refusal or "too_late", user.lang or "en"))
            return
        lang = guess_lang(button.label, user)
        await self._acknowledge(query, say("pressed", lang, label=button.label))
        await self._close(message.chat.id, message.message_id)
        await self._turn(message.chat.id, user, button.text, button.thread)

    async def _refusal(self, button: Button | None, user: User, thread: str, *, again: bool) -> str:
        if button is None:
            return "too_late"
        if button.user_id != user.id or button.thread != thread:
            return "not_yours"
        first = await self._parts.buttons.close(button.group)
        # After a crash between the press and its turn the group is closed already; the assistant's own
        # compare-and-set decides then.
        return "" if first or again else "too_late"

    async def _acknowledge(self, query: CallbackQuery, text: str) -> None:
        try:
            await self._patiently(lambda: query.answer(cut(text, 200)))
        except BadRequest as error:
            # Telegram forgets a press after seconds; the turn itself must still run.
            _LOG.warning("press not acknowledged: %s", error.message)

    async def _close(self, chat: int, message_id: int) -> None:
        try:
            await self._patiently(
                lambda: self._bot.edit_message_reply_markup(
                    chat_id=chat, message_id=message_id, reply_markup=None
                )
            )
        except BadRequest as error:
            _LOG.warning("buttons not removed: %s", error.message)

    async def _send(
        self, chat: int, messages: Sequence[str], buttons: Sequence[Button] = ()
    ) -> None:
        keyboard = _keyboard(buttons)
        for number, text in enumerate(messages, start=1):
            markup = keyboard if number == len(messages) else None
            await self._patiently(
                lambda text=text, markup=markup: self._bot.send_message(  # type: ignore[misc]  # bound early
                    chat, text, parse_mode=ParseMode.HTML, reply_markup=markup
                )
            )

    @staticmethod
    async def _patiently(call: Callable[[], Awaitable[T]]) -> T:
        """Return the call's result; "retry after" is a pause, not a failure."""
        for _ in range(MAX_WAITS):
            try:
                return await call()
            except RetryAfter as error:
                await asyncio.sleep(min(_seconds(error), LONGEST_WAIT_S))
        return await call()


def _seconds(error: RetryAfter) -> float:
    with warnings.catch_warnings():
        # The library warns that this number will become a timedelta; both are read here.
        warnings.simplefilter("ignore")
        wait = error.retry_after
    return float(wait) if isinstance(wait, int) else wait.total_seconds()


def _lane(body: str) -> str:
    update = json.loads(body)
    part = update.get("message") or update.get("callback_query", {}).get("message") or {}
    return str(part.get("chat", {}).get("id", ""))


def _thread(chat: int, person: str) -> str:
    return thread_key(CHANNEL, str(chat), person)


def _command(text: str) -> str:
    """Return /start as the help it asks for when the person is linked already, all else as it is."""
    return "/help" if text.strip().split(maxsplit=1)[0] in {"/start", "/link"} else text


def _keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    keys = [InlineKeyboardButton(cut(b.label, 64), callback_data=b.id) for b in buttons]
    side_by_side = len(keys) == 2 and all(len(b.label) <= 16 for b in buttons)
    return InlineKeyboardMarkup([keys] if side_by_side else [[key] for key in keys])


def build_telegram(parts: TelegramParts) -> TelegramChannel:
    """Return the Telegram channel, to be mounted by `build_web(parts, mounts=[…])`."""
    return TelegramChannel(parts)
