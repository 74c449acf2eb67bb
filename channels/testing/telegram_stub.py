"""A strict stand-in for Telegram's Bot API on loopback: what Telegram refuses, it refuses."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

_METHODS: Mapping[str, frozenset[str]] = {
    "getMe": frozenset(),
    "setWebhook": frozenset({"url", "secret_token", "allowed_updates"}),
    "sendChatAction": frozenset({"chat_id", "action"}),
    "sendMessage": frozenset({"chat_id", "text"}),
    "answerCallbackQuery": frozenset({"callback_query_id"}),
    "editMessageReplyMarkup": frozenset({"chat_id", "message_id"}),
}
_OPTIONAL = frozenset({"parse_mode", "reply_markup", "text"})
_TAGS = frozenset({"b", "i", "s", "pre", "code", "a"})
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, kw_only=True)
class TelegramCall:
    """A call that was accepted."""

    method: str
    args: Mapping[str, str]
    message_id: int = 0

    @property
    def text(self) -> str:
        """The message's text, as HTML."""
        return self.args.get("text", "")

    @property
    def keys(self) -> dict[str, str]:
        """The inline keyboard: label → callback data."""
        rows = json.loads(self.args.get("reply_markup", "{}")).get("inline_keyboard", [])
        return {key["text"]: key["callback_data"] for row in rows for key in row}


class _Html(HTMLParser):
    """Reads Telegram's small HTML; notes what it would not parse."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""
        self.bad = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Note an opened tag."""
        self.bad = self.bad or ("" if tag in _TAGS else f"unsupported start tag {tag!r}")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note a closed tag."""
        if not self.open or self.open.pop() != tag:
            self.bad = self.bad or f"unexpected end tag {tag!r}"

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data


class TelegramStub:
    """Records accepted calls and refuses the rest with Telegram's descriptions.

    Args:
        token: The only token that is right.
    """

    def __init__(self, token: str = "42:stub") -> None:  # noqa: S107 - a stub's token guards nothing
        self.calls: list[TelegramCall] = []
        self.refused: list[str] = []
        self.limited_once: set[str] = set()
        """Methods that answer 429 to their next call."""
        self.queries: set[str] = set()
        """Presses that are young enough to be answered."""
        self._token = token
        self._sent: set[tuple[str, str]] = set()
        self._numbers = itertools.count(100)
        self.app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        self.app.add_api_route("/bot{token}/{method}", self._serve, methods=["POST"])

    def said(self, method: str = "sendMessage") -> list[TelegramCall]:
        """Return the accepted calls of one method."""
        return [call for call in self.calls if call.method == method]

    async def _serve(self, token: str, method: str, request: Request) -> JSONResponse:
        args = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        if token != self._token:
            return self._refuse(method, 401, "Unauthorized")
        if method in self.limited_once:
            self.limited_once.discard(method)
            body = {
                "ok": False,
                "error_code": 429,
                "description": "Too Many Requests: retry after 1",
                "parameters": {"retry_after": 1},
            }
            return JSONResponse(body, status_code=429)
        problem = self._problem(method, args)
        if problem:
            return self._refuse(method, 400, f"Bad Request: {problem}")
        number = next(self._numbers) if method == "sendMessage" else 0
        self.calls.append(TelegramCall(method=method, args=args, message_id=number))
        return JSONResponse({"ok": True, "result": self._result(method, args, number)})

    def _refuse(self, method: str, status: int, description: str) -> JSONResponse:
        self.refused.append(f"{method}: {description}")
        body = {"ok": False, "error_code": status, "description": description}
        return JSONResponse(body, status_code=status)

    def _problem(self, method: str, args: Mapping[str, str]) -> str:
        if method not in _METHODS:
            return "method not found"
        required = _METHODS[method]
        missing = sorted(name for name in required if not args.get(name))
        unknown = sorted(set(args) - required - _OPTIONAL)
        if missing or unknown:
            return f"missing {missing}, unknown {unknown}"
        if method == "sendMessage":
            return _bad_text(args) or _bad_keyboard(args)
        if method == "editMessageReplyMarkup":
            known = (args["chat_id"], args["message_id"]) in self._sent
            return "" if known else "message to edit not found"
        return self._bad_other(method, args)

    def _bad_other(self, method: str, args: Mapping[str, str]) -> str:
        if method == "answerCallbackQuery":
            if args["callback_query_id"] not in self.queries:
                return "query is too old and response timeout expired or query ID is invalid"
            return "text too long" if len(args.get("text", "")) > 200 else ""
        if method == "setWebhook":
            good = args["url"].startswith("https://") and _SECRET.fullmatch(args["secret_token"])
            return "" if good else "bad webhook"
        return ""

    def _result(self, method: str, args: Mapping[str, str], number: int) -> object:
        if method == "getMe":
            return {"id": 42, "is_bot": True, "first_name": "Guanxi", "username": "guanxi_bot"}
        if method == "sendMessage":
            self._sent.add((args["chat_id"], str(number)))
            chat = {"id": int(args["chat_id"]), "type": "private"}
            return {"message_id": number, "date": 1_700_000_000, "chat": chat, "text": "…"}
        return True


def _bad_text(args: Mapping[str, str]) -> str:
    text = args["text"]
    if args.get("parse_mode") == "HTML":
        reader = _Html()
        reader.feed(text)
        reader.close()
        if reader.bad or reader.open:
            return f"can't parse entities: {reader.bad or reader.open}"
        text = reader.text
    if not text.strip():
        return "message text is empty"
    return "message is too long" if len(text.encode("utf-16-le")) // 2 > 4096 else ""


def _bad_keyboard(args: Mapping[str, str]) -> str:
    rows = json.loads(args.get("reply_markup", "{}")).get("inline_keyboard", [])
    for key in (key for row in rows for key in row):
        if not key.get("text"):
            return "inline keyboard button text must be non-empty"
        if not 1 <= len(str(key.get("callback_data", "")).encode()) <= 64:
            return "BUTTON_DATA_INVALID"
    return ""
