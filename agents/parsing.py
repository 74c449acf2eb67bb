"""Reads what a hosted model sends back: native tool calls, JSON by schema, or JSON in a fenced block.

Whatever does not fit is an error of the model, never a guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from langchain_core.messages import AIMessage
from pydantic import BaseModel, ConfigDict, Field

from agents.model import ModelRefusal, ModelReply, PendingQuestion, ToolCall
from tools.outcomes import Option
from tools.spec import ToolSpec

_FENCE = re.compile(
    r"(?:```(?:json|tool_call)?|<(?:tools?|tool_calls?|function_calls?)>)\s*(.*?)"
    r"(?:```|</(?:tools?|tool_calls?|function_calls?)>|\Z)",
    re.DOTALL,
)
_MARKUP = re.compile(r"</?(?:tool|function)[\w ]*[ =>]")
"""Calls written out as text: never an answer for a person."""
_CITE = re.compile(r"\[cite[:：]\s*([^\]]*)\]", re.IGNORECASE)
_SPLIT = re.compile(r"[,，;；\s]+")


class UnreadableReplyError(Exception):
    """The model's answer is neither a call nor an answer."""


class _Loose(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Call(_Loose):
    tool: str
    args: dict[str, object] = Field(default_factory=dict)


class _Reply(_Loose):
    calls: list[_Call] = Field(default_factory=list, max_length=12)
    text: str = ""
    cites: list[str] = Field(default_factory=list)


ASK_USER = "ask_user"
DECLINE = "decline"


def own_tools() -> tuple[dict[str, object], ...]:
    """Return the two moves that are no tools: to ask and to decline, as function schemas."""
    text = {"type": "string"}
    options = {"type": "array", "items": text, "maxItems": 5}
    return (
        _function(ASK_USER, "Ask the person one short question.", {"text": text, "options": options}, ["text"]),
        _function(DECLINE, "Decline what this system cannot do.", {"reason": text}, ["reason"]),
    )  # fmt: skip


def function_schemas(tools: Sequence[ToolSpec]) -> list[dict[str, object]]:
    """Return the schemas for native tool calling."""
    functions = [*map(_tool_function, tools), *own_tools()]
    return [{"type": "function", "function": function} for function in functions]


def reply_schema(tools: Sequence[ToolSpec]) -> dict[str, object]:
    """Return one JSON schema for a whole answer: every tool with its own arguments and a constant name.

    A free `args` object lets a small model invent argument names.
    """
    functions = [*map(_tool_function, tools), *own_tools()]
    calls = [
        {
            "type": "object",
            "properties": {"tool": {"const": f["name"]}, "args": f["parameters"]},
            "required": ["tool", "args"],
            "additionalProperties": False,
        }
        for f in functions
    ]
    return {
        "title": "next_step",
        "type": "object",
        "properties": {
            "calls": {"type": "array", "items": {"anyOf": calls}, "maxItems": 8},
            "text": {"type": "string"},
            "cites": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["calls", "text", "cites"],
        "additionalProperties": False,
    }


def _tool_function(tool: ToolSpec) -> dict[str, object]:
    schema = tool.args.model_json_schema()
    schema.pop("title", None)
    schema.pop("description", None)
    return {"name": tool.name, "description": tool.description, "parameters": schema}


def _function(
    name: str, description: str, properties: dict[str, object], required: list[str]
) -> dict[str, object]:
    parameters = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return {"name": name, "description": description, "parameters": parameters}


def read_native(message: AIMessage) -> ModelReply:
    """Return the reply of a model with native tool calls; a fenced block counts as a call.

    Raises:
        UnreadableReplyError: Broken calls, or nothing at all.
    """
    if message.invalid_tool_calls:
        raise UnreadableReplyError("a tool call is not valid JSON")
    if message.tool_calls:
        return _from_calls(
            [_Call(tool=c["name"], args=c["args"]) for c in message.tool_calls], "", []
        )
    text = str(message.text).strip()
    if not text:
        raise UnreadableReplyError("an empty answer")
    return read_text(text) if looks_like_json(text) else _from_calls([], text, [])


def looks_like_json(text: str) -> bool:
    """Return whether an answer is meant as JSON."""
    return text.lstrip().startswith(("{", "[{")) or "```" in text or bool(_MARKUP.search(text))


def read_text(text: str) -> ModelReply:
    """Return the reply of a model that answers in JSON, bare or fenced.

    Raises:
        UnreadableReplyError: It is no JSON, or JSON of another shape.
    """
    fenced = _FENCE.search(text)
    body = (fenced[1] if fenced else text).strip()
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableReplyError("the answer is not valid JSON") from error
    try:
        reply = _Reply.model_validate(_normal(data))
    except ValueError as error:  # a ValidationError is one, too
        raise UnreadableReplyError("the answer has another shape than asked for") from error
    return _from_calls(reply.calls, reply.text.strip(), reply.cites)


def _normal(data: object) -> object:
    """Return the shapes that models without native calls use, as our own."""
    if isinstance(data, list):
        return {"calls": [_normal_call(item) for item in data]}
    if isinstance(data, dict) and data.keys() & {"name", "tool", "function"}:
        return {"calls": [_normal_call(data)]}
    if isinstance(data, dict) and isinstance(data.get("tool_calls"), list):
        return {"calls": [_normal_call(item) for item in data["tool_calls"]]}
    return data


def _normal_call(item: object) -> object:
    if not isinstance(item, dict):
        return item
    item = item["function"] if isinstance(item.get("function"), dict) else item
    args = item.get("args", item.get("arguments", item.get("parameters", {})))
    if isinstance(args, str):
        args = json.loads(args) if looks_like_json(args) else {"text": args}
    return {"tool": item.get("tool", item.get("name")), "args": args}


def _from_calls(calls: Sequence[_Call], text: str, cites: Sequence[str]) -> ModelReply:
    try:
        "".join((text, *cites, *(json.dumps(c.args, ensure_ascii=False) for c in calls))).encode()
    except UnicodeEncodeError as error:
        raise UnreadableReplyError("half of a character stands alone in the answer") from error
    for call in calls:
        if call.tool == ASK_USER:
            return _asked(call)
        if call.tool == DECLINE:
            reason = str(call.args.get("reason", "")).strip()
            if not reason:
                raise UnreadableReplyError("declined without a reason")
            return ModelReply(refusal=ModelRefusal(reason=reason, id="out_of_scope"))
    if calls:
        return ModelReply(calls=tuple(ToolCall(name=c.tool, args=c.args) for c in calls))
    if not text:
        raise UnreadableReplyError("an empty answer")
    said = [c for group in _CITE.findall(text) for c in _SPLIT.split(group) if c]
    return ModelReply(text=_CITE.sub("", text).strip(), cites=(*cites, *said))


def _asked(call: _Call) -> ModelReply:
    raw = call.args.get("options")
    labels = [str(o) for o in raw[:5]] if isinstance(raw, list) else []
    text = str(call.args.get("text", "")).strip()
    if not text:
        raise UnreadableReplyError("an empty question")
    options = tuple(Option(label=label, reply=label) for label in labels)
    return ModelReply(question=PendingQuestion(text=text, options=options))
