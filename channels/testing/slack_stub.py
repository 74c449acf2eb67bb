"""A strict stand-in for Slack's Web API on loopback: what Slack refuses, it refuses."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from channels.testing.block_kit import block_problems

_REQUIRED: Mapping[str, frozenset[str]] = {
    "auth.test": frozenset(),
    "chat.postMessage": frozenset({"channel", "text"}),
    "chat.postEphemeral": frozenset({"channel", "text", "user"}),
    "chat.update": frozenset({"channel", "ts", "text"}),
    "assistant.threads.setStatus": frozenset({"channel_id", "thread_ts", "status"}),
    "assistant.threads.setSuggestedPrompts": frozenset({"channel_id", "prompts"}),
}
_OPTIONAL = frozenset({"thread_ts", "blocks", "unfurl_links", "unfurl_media", "team_id", "title"})


@dataclass(frozen=True, kw_only=True)
class SlackCall:
    """A call that was accepted."""

    method: str
    args: Mapping[str, object]

    @property
    def text(self) -> str:
        """The message's text."""
        return str(self.args.get("text", ""))

    @property
    def blocks(self) -> list[dict[str, object]]:
        """The message's blocks."""
        found = self.args.get("blocks", [])
        return found if isinstance(found, list) else []


class SlackStub:
    """Records accepted calls and refuses the rest with Slack's own error names.

    Args:
        token: The only token that is right.
    """

    def __init__(self, token: str = "xoxb-stub") -> None:  # noqa: S107 - a stub's token guards nothing
        self.calls: list[SlackCall] = []
        self.refused: list[str] = []
        self.limited_once: set[str] = set()
        """Methods that answer 429 to their next call."""
        self._token = token
        self._known: set[tuple[str, str]] = set()
        self._ours: set[tuple[str, str]] = set()
        self._counter = itertools.count(1)
        self.app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        self.app.add_api_route("/api/{method}", self._serve, methods=["POST", "GET"])

    def arrived(self, channel: str, ts: str) -> None:
        """Note that a person wrote a message: threads may hang on it."""
        self._known.add((channel, ts))

    def said(self, method: str = "chat.postMessage") -> list[SlackCall]:
        """Return the accepted calls of one method."""
        return [call for call in self.calls if call.method == method]

    async def _serve(self, method: str, request: Request) -> JSONResponse:
        if method in self.limited_once:
            self.limited_once.discard(method)
            body = {"ok": False, "error": "ratelimited"}
            return JSONResponse(body, status_code=429, headers={"Retry-After": "0"})
        sent = await _args(request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        error = "invalid_auth" if token != self._token else self._error(method, sent)
        if error is not None:
            self.refused.append(f"{method}: {error}")
            return JSONResponse({"ok": False, "error": error})
        self.calls.append(SlackCall(method=method, args=sent))
        return JSONResponse(self._answer(method, sent))

    def _error(self, method: str, sent: Mapping[str, object]) -> str | None:
        if method not in _REQUIRED:
            return "unknown_method"
        required = _REQUIRED[method]
        missing = [name for name in sorted(required) if not sent.get(name)]
        unknown = sorted(set(sent) - required - _OPTIONAL)
        if missing or unknown:
            return f"invalid_arguments: missing {missing}, unknown {unknown}"
        return self._misplaced(method, sent) or _bad_content(sent)

    def _misplaced(self, method: str, sent: Mapping[str, object]) -> str | None:
        channel = str(sent.get("channel") or sent.get("channel_id") or "")
        if method == "chat.update" and (channel, str(sent["ts"])) not in self._ours:
            return "message_not_found"
        if "thread_ts" in sent and (channel, str(sent["thread_ts"])) not in self._known:
            return "thread_not_found"
        return None

    def _answer(self, method: str, sent: Mapping[str, object]) -> dict[str, object]:
        if method == "auth.test":
            return {
                "ok": True,
                "user_id": "UBOT",
                "bot_id": "BBOT",
                "team_id": "T1",
                "user": "guanxi",
            }
        ts = f"1700000000.{next(self._counter):06d}"
        if method == "chat.postMessage":
            self._ours.add((str(sent["channel"]), ts))
            self._known.add((str(sent["channel"]), ts))
            return {"ok": True, "ts": ts, "channel": sent["channel"]}
        return {"ok": True, "ts": sent.get("ts", ts)}


def _bad_content(sent: Mapping[str, object]) -> str | None:
    if len(str(sent.get("text", ""))) > 12_000:
        return "msg_too_long"
    blocks = sent.get("blocks")
    if blocks is None:
        return None
    if not isinstance(blocks, list):
        return "invalid_blocks"
    problems = block_problems(blocks)
    return f"invalid_blocks: {problems}" if problems else None


async def _args(request: Request) -> dict[str, object]:
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        sent: dict[str, object] = json.loads(body or b"{}")
    else:
        sent = dict(parse_qsl(body.decode()))
    for name in ("blocks", "prompts"):
        if isinstance(sent.get(name), str):
            sent[name] = json.loads(str(sent[name]))
    return sent
