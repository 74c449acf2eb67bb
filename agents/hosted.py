"""A hosted or local LLM as a `ChatPort`: any LangChain chat model, from one setting.

Native tool calls are used where the model emits them; a model that answers with JSON in a text is asked by
JSON schema from then on. Every failure is a `ModelUnavailableError`, on which the agent graph goes on with
the offline model and says so.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field, replace
from typing import Literal

import httpx
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable

from agents.briefing import Briefing, brief
from agents.limits import Breaker, CapReachedError, TokenBudget, estimated_tokens
from agents.model import ModelReply, ModelStep
from agents.parsing import (
    UnreadableReplyError,
    function_schemas,
    looks_like_json,
    read_native,
    read_text,
    reply_schema,
)
from knowledge_graph.errors import ModelUnavailableError
from knowledge_graph.ports import Clock
from prompts.library import PromptLibrary

Mode = Literal["auto", "native", "json"]
TRIES = 2
"""How often an unreadable answer is asked for."""


@dataclass(frozen=True, kw_only=True)
class ModelSetting:
    """One model: where it is and what it may cost."""

    model: str
    """`provider:name`, as `init_chat_model` takes it: "openai:gpt-…", "anthropic:…"."""
    base_url: str | None = None
    """For local and self-hosted servers that speak the OpenAI protocol."""
    api_key: str | None = field(default=None, repr=False)
    mode: Mode = "auto"
    timeout_s: float = 30.0
    """For one call, retries of the connection included."""
    retries: int = 2
    """Of the connection: on 429, 5xx and lost connections, with growing pauses."""
    answer_tokens: int = 1000
    turn_tokens: int = 30_000
    day_tokens: int = 2_000_000


class HostedModel:
    """Adapts a LangChain chat model to `ChatPort`; made by `build_hosted`.

    Args:
        chat: The chat model.
        setting: Limits and mode.
        prompts: The prompt library.
        clock: The source of time, for the caps.
    """

    def __init__(
        self, chat: BaseChatModel, setting: ModelSetting, prompts: PromptLibrary, clock: Clock
    ) -> None:
        self._chat, self._setting, self._prompts = chat, setting, prompts
        self._json = setting.mode == "json"
        self._breaker = Breaker(clock)
        self.budget = TokenBudget(
            clock, turn_tokens=setting.turn_tokens, day_tokens=setting.day_tokens
        )

    @property
    def name(self) -> str:
        """`provider:name`."""
        return self._setting.model

    @property
    def hosted(self) -> bool:
        """Always: its words are checked."""
        return True

    async def next_step(self, step: ModelStep) -> ModelReply:
        """Return the model's next step.

        Raises:
            CapReachedError: A token cap is reached; nothing was sent.
            ModelUnavailableError: No readable answer within the limits.
        """
        self._breaker.check()
        try:
            reply = await self._ask(step)
        except CapReachedError:
            raise
        except ModelUnavailableError:
            self._breaker.failed()
            raise
        self._breaker.worked()
        return reply

    async def _ask(self, step: ModelStep) -> ModelReply:
        for _ in range(TRIES):
            briefing = brief(step, self._prompts, json_mode=self._json)
            turn = step.run_context.decision_id
            self.budget.check(turn, estimated_tokens(briefing.text))
            message = await self._call(step, briefing)
            self.budget.spend(turn, _tokens(message, briefing))
            try:
                return replace(self._read(message), prompt_digest=briefing.digest)
            except UnreadableReplyError:
                self._json = self._json or self._setting.mode == "auto"
        raise ModelUnavailableError("the model's answers could not be read")

    async def _call(self, step: ModelStep, briefing: Briefing) -> AIMessage:
        """Return the model's message.

        Raises:
            ModelUnavailableError: Time-out, lost connection or an error of the provider.
        """
        asked: Runnable[LanguageModelInput, AIMessage]
        if self._json:
            schema = {"name": "next_step", "schema": reply_schema(step.tools), "strict": False}
            asked = self._chat.bind(response_format={"type": "json_schema", "json_schema": schema})
        else:
            asked = self._chat.bind_tools(function_schemas(step.tools))
        try:
            async with asyncio.timeout(self._setting.timeout_s):
                message = await asked.ainvoke(list(briefing.messages))
        except TimeoutError as error:
            limit = f"{self._setting.timeout_s:g} s"
            raise ModelUnavailableError(f"no answer within {limit}") from error
        except provider_errors() as error:
            raise ModelUnavailableError(
                f"the model's server failed: {type(error).__name__}"
            ) from error
        if not isinstance(message, AIMessage):
            raise ModelUnavailableError("the model's server sent no message")
        return message

    def _read(self, message: AIMessage) -> ModelReply:
        if self._json:
            return read_text(str(message.text))
        reply = read_native(message)
        if not message.tool_calls and looks_like_json(str(message.text)):
            # It can call tools, only not natively: from now on it is held to a schema.
            self._json = self._setting.mode == "auto"
        return reply


def provider_errors() -> tuple[type[Exception], ...]:
    """Return what a provider's client may raise; only clients that are loaded are looked at.

    A client does not check the shape of what a server sends: a missing list is an attribute or an index error.
    """
    known = (("openai", "OpenAIError"), ("anthropic", "AnthropicError"))
    found = [getattr(sys.modules[m], name) for m, name in known if m in sys.modules]
    return (httpx.HTTPError, OSError, ValueError, TypeError, LookupError, AttributeError, *found)


def _tokens(message: AIMessage, briefing: Briefing) -> int:
    if message.usage_metadata is not None and message.usage_metadata["total_tokens"]:
        return message.usage_metadata["total_tokens"]
    return estimated_tokens(briefing.text) + estimated_tokens(str(message.content))


def build_hosted(setting: ModelSetting, prompts: PromptLibrary, clock: Clock) -> HostedModel:
    """Return the configured model; its provider's package is imported only here.

    Args:
        setting: The model, its address and limits.
        prompts: The prompt library.
        clock: The source of time.

    Returns:
        The model.

    Raises:
        ModelUnavailableError: The provider is unknown, or its package is not installed.
    """
    from langchain.chat_models import init_chat_model  # noqa: PLC0415  # 0.7 s, only with a model

    options: dict[str, str | float | int] = {
        "timeout": setting.timeout_s,
        "max_retries": setting.retries,
        "max_tokens": setting.answer_tokens,
        "temperature": 0,
    }
    if setting.base_url:
        options["base_url"] = setting.base_url
    if setting.api_key or setting.base_url:
        options["api_key"] = setting.api_key or "none"
    try:
        chat = init_chat_model(setting.model, **options)  # type: ignore[call-overload]  # provider's own
    except (ImportError, ValueError) as error:
        raise ModelUnavailableError(f"model {setting.model!r} cannot be used: {error}") from error
    return HostedModel(chat, setting, prompts, clock)
