"""A scripted OpenAI-compatible server on loopback that also misbehaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from agents.hosted import HostedModel, ModelSetting, build_hosted
from agents.testing import ScriptedModel, SteppingClock
from prompts.library import PromptLibrary
from tests.unit.agents.rig import (
    FIND,
    Rig,
    drafts,
    found,
)

Line = Callable[[dict[str, Any]], dict[str, Any] | int | None]


@dataclass(frozen=True, kw_only=True)
class Body:
    """A whole answer, sent as it is."""

    data: object


@dataclass
class LoopbackModel:
    """Plays lines: a message to send, a status to fail with, or None to hang."""

    url: str
    lines: list[Line | Body | dict[str, Any] | int | None] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def next_line(self, body: dict[str, Any]) -> Body | dict[str, Any] | int | None:
        self.asked.append(body)
        line = self.lines[0] if len(self.lines) == 1 else self.lines.pop(0)
        return line(body) if callable(line) else line

    def prompt(self, n: int) -> str:
        return "\n".join(str(m["content"]) for m in self.asked[n]["messages"])


def native(*calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    made = [
        {
            "id": f"c{n}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(args)},
        }
        for n, (name, args) in enumerate(calls)
    ]
    return {"role": "assistant", "content": None, "tool_calls": made}


def text(content: str) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def fenced(name: str, args: dict[str, Any]) -> dict[str, Any]:
    return text("Sure:\n```json\n" + json.dumps({"name": name, "arguments": args}) + "\n```")


def by_schema(**reply: Any) -> dict[str, Any]:
    return text(json.dumps({"calls": [], "text": "", "cites": [], **reply}))


def hosted(server: LoopbackModel, clock: Any = None, **setting: Any) -> HostedModel:
    given = ModelSetting(**{
        "model": "openai:m",
        "base_url": server.url,
        "retries": 0,
        "timeout_s": 5,
        **setting,
    })
    clock = clock or SteppingClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    return build_hosted(given, PromptLibrary.load(), clock)


def use(rig: Rig, server: LoopbackModel, *lines: Any, **setting: Any) -> HostedModel:
    server.lines = list(lines)
    model = hosted(server, rig.clock, **setting)
    rig.use(model, ScriptedModel([FIND], name="offline"))
    rig.tools.results |= {"find_records": found("Raj has 3 leads."), "update_records": drafts()}
    return model


CALL = native(("find_records", {"where": "owner is raj"}))
