"""The offline model: product code behind LangChain's `BaseChatModel`, no language model inside."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

from agents.answering import completed, filled
from agents.commands import parse_command
from agents.model import (
    CallResult,
    ModelRefusal,
    ModelReply,
    ModelStep,
    PendingQuestion,
    ToolCall,
)
from agents.offline.acts import (
    Act,
    Chat,
    Consent,
    Explain,
    Find,
    Log,
    Recall,
    Select,
    Show,
)
from agents.offline.clauses import (
    MAX_TEXT,
    in_full,
    sentences,
    strip_fillers,
)
from agents.offline.discourse import Discourse
from agents.offline.follow_up import follow_up, meant_instead
from agents.offline.grammar import Grammar, load_grammar
from agents.offline.intent import OUT_OF_SCOPE, IntentClassifier
from agents.offline.looking import Look, focus_of, look, nothing_done, order
from agents.offline.oneself import about_oneself
from agents.offline.preambles import without_preamble
from agents.offline.reading import Reader
from agents.offline.restraints import restraints
from agents.offline.rules import RuleReader, about_rules
from agents.offline.sentences import read_sentence
from agents.offline.slots import Slots
from agents.offline.texts import say
from agents.offline.unread import Unread
from agents.offline.wording import goes_on, is_question, only_asks, starts_request
from knowledge_graph.errors import BadInputError
from knowledge_graph.language.results import Ask, Lang, LanguageContext
from knowledge_graph.ontology.access import Role
from tools.outcomes import Option, ToolOk, ToolQuestion, ToolRetry

LONGEST_ANSWER = 60
"""Characters of a message that can be the answer to a question rather than a request of its own."""
UNLIKELY = 0.35
"""A sentence that no frame reads is declined when the classifier holds it for out of scope so surely."""
_READING = frozenset({"", "find", "count", "show", "introduce", "select"})
"""Acts whose wording is near to plain questions: the documents may know more."""
_SURE = frozenset({
    "ambiguous_name",
    "vague_term",
    "missing_unit",
    "contradiction",
    "ambiguous_scope",
})
"""Questions back that show that the sentence was understood but for one thing."""
_KNOWERS = frozenset({"recall_knowledge"})
_READERS = frozenset({"recall_knowledge", "find_records", "show_record"})


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """A whole message in one language."""

    acts: tuple[Act, ...] = ()
    unread: Unread | None = None
    slots: Slots


class OfflineModel(BaseChatModel):
    """Chooses tools and fills their arguments by grammar; deterministic, in some milliseconds."""

    name: str = "offline-1"
    """Names the model in the decision log."""
    _grammars: dict[str, Grammar] = PrivateAttr(default_factory=dict)
    _classifier: IntentClassifier | None = PrivateAttr(default=None)
    _rules: RuleReader = PrivateAttr(default_factory=RuleReader)

    def __init__(self, *, classifier: IntentClassifier | None = None) -> None:
        super().__init__()
        self._classifier = classifier

    @property
    def hosted(self) -> bool:
        """Arguments are grounded by construction."""
        return False

    @property
    def _llm_type(self) -> str:
        return "guanxi-offline"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        """Answer as a chat model: `step` (a `ModelStep`) is a required keyword argument.

        Returns:
            One message: tool calls, a text or a question.

        Raises:
            BadInputError: There is no `step`.
        """
        step = kwargs.get("step")
        if not isinstance(step, ModelStep):
            raise BadInputError("the offline model needs step=ModelStep(...)")
        reply = self.decide(step)
        message = AIMessage(
            content=reply.text or (reply.question.text if reply.question else ""),
            tool_calls=[
                {"name": call.name, "args": dict(call.args), "id": f"call_{i}", "type": "tool_call"}
                for i, call in enumerate(reply.calls)
            ],
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def next_step(self, step: ModelStep) -> ModelReply:
        """Return what to do next (`ChatPort`), away from the event loop: reading takes time, others wait."""
        return await asyncio.to_thread(self.decide, step)

    def decide(self, step: ModelStep) -> ModelReply:
        """Return what to do next: pure, the same step gives the same reply."""
        lang = step.run_context.lang
        if len(step.user_text) > MAX_TEXT:
            text = say("too_long", lang, limit=MAX_TEXT)
            return ModelReply(refusal=ModelRefusal(reason=text, id="too_long"))
        if step.tool_results:
            return self._after_look(step) or _after_tools(step.tool_results, lang)
        named = about_rules(step.user_text)
        return self._understand(step) if named is None else self._allowed(named, step)

    def _look(self, step: ModelStep) -> Look | None:
        """Return what an order has to look at first."""
        for lang in _languages(step.run_context.lang):
            bare = strip_fillers(step.user_text, self._grammar(lang).fillers, lang)
            found = look(bare, Slots(step.language, _context(step), lang))
            if found is not None:
                return found
        return None

    def _after_look(self, step: ModelStep) -> ModelReply | None:
        """Return the order as the look has it; None when the turn began with no look, or went on already."""
        found = self._look(step) if len(step.tool_results) == 1 else None
        if found is None or step.tool_results[0].call != found.call:
            return None
        text = order(found, step.tool_results)
        if not text:
            seen = step.tool_results[0].result
            told = seen.text if isinstance(seen, ToolOk) else ""
            return ModelReply(text=f"{told} {nothing_done(step.run_context.lang)}".strip())
        focus = focus_of(step.tool_results, step.run_context.focus)
        run = replace(step.run_context, focus=focus)
        return self._understand(replace(step, user_text=text, run_context=run, tool_results=()))

    def _understand(self, step: ModelStep) -> ModelReply:
        text, lang = step.user_text, step.run_context.lang
        if step.run_context.actor.role is Role.CUSTOMER:
            own = about_oneself(text, Slots(step.language, _context(step), lang))
            if own is not None:
                return self._allowed(own, step)
        first = self._look(step)
        readings = [self._read(step, text, one) for one in _languages(lang)]
        ruled = None if first and first.particular else self._as_rule(step, readings)
        if ruled is not None:
            return ruled
        if first is not None:
            return replace(self._allowed((first.call,), step), goes_on=True)
        held = restraints(text, lang)
        if held and not _only_reads_or_logs(readings):
            return _hold(held, text, lang)
        grouped = [r for r in readings if r.unread is not None and r.unread.act == "grouped"]
        if grouped:
            return self._not_read(step, grouped[0])
        good = next((r for r in readings if r.unread is None), None)
        reply = None if good is None else self._fold(good, step)
        if reply is None or good is None or reply.question or _only_selects(good.acts):
            reply = self._resumed(step) or self._as_follow_up(step, readings) or reply
        return reply or self._not_read(
            step, max(readings, key=lambda r: r.unread.literal if r.unread else 0)
        )

    def _as_rule(self, step: ModelStep, readings: Sequence[_Reading]) -> ModelReply | None:
        """Return the rule that a message states which no frame reads; None when it states none."""
        if any(r.unread is None for r in readings):
            return None
        calls = self._rules.read(step.user_text, step.language.vocabulary, _context(step))
        return None if calls is None else self._allowed(calls, step)

    def _resumed(self, step: ModelStep) -> ModelReply | None:
        """Read the request that the last question was about again, with this message as the answer."""
        pending, text = step.pending_question, step.user_text
        if pending is None or len(text) > LONGEST_ANSWER or parse_command(text) is not None:
            return None  # a plain yes is no name and no value
        if starts_request(text, step.run_context.lang):
            return None
        calls = filled(pending, text)
        if calls is not None:
            return ModelReply(calls=calls)
        for whole in completed(pending, text):
            for lang in _languages(step.run_context.lang):
                reading = self._read(step, whole, lang)
                if reading.unread is None and not _only_selects(reading.acts):
                    reply = self._fold(reading, step)
                    if reply.calls:
                        return reply
        return None

    def _as_follow_up(self, step: ModelStep, readings: Sequence[_Reading]) -> ModelReply | None:
        for reading in readings:
            slots = reading.slots
            calls = meant_instead(step.user_text, slots, step.last_calls)
            if calls is not None:
                return ModelReply(calls=calls, corrects=True)
            calls = follow_up(step.user_text, slots, step.run_context.focus, step.last_calls)
            if calls is not None:
                return ModelReply(calls=calls)
        return None

    def _read(self, step: ModelStep, text: str, lang: Lang) -> _Reading:
        slots = Slots(step.language, _context(step), lang)
        reader = Reader(self._grammar(lang), slots)
        text = without_preamble(in_full(text, lang), slots)
        acts: list[Act] = []
        for sentence in sentences(text):
            read = read_sentence(reader, sentence, lang)
            last = acts[-1] if acts else None
            if isinstance(read, Unread) and isinstance(last, Log) and goes_on(sentence):
                acts[-1] = replace(last, text=f"{last.text} {sentence}".strip())
                continue
            if isinstance(read, Unread):
                return _Reading(unread=read, slots=slots)
            acts.extend(read)
        unread = None if acts else Unread(clause=text, ask=None, act="")
        return _Reading(acts=tuple(acts), unread=unread, slots=slots)

    def _fold(self, reading: _Reading, step: ModelStep) -> ModelReply:
        lang = step.run_context.lang
        talk = [act for act in reading.acts if isinstance(act, Chat)]
        acts = [act for act in reading.acts if not isinstance(act, Chat)]
        if not acts:
            return ModelReply(text=say(talk[-1].topic, lang))
        folded = Discourse(reading.slots, step.run_context.focus).fold(acts)
        if folded.ask is not None:
            asked = replace(_question(folded.ask), user_text=folded.so_far)
            return ModelReply(question=asked)
        return self._allowed(folded.calls, step)

    def _allowed(self, calls: tuple[ToolCall, ...], step: ModelStep) -> ModelReply:
        """Return the calls, or the refusal if the speaker's role has not all of the tools."""
        allowed = {tool.name for tool in step.tools}
        if allowed and any(call.name not in allowed for call in calls):
            reason = say("not_allowed", step.run_context.lang)
            return ModelReply(refusal=ModelRefusal(reason=reason, id="not_allowed"))
        return ModelReply(calls=calls)

    def _not_read(self, step: ModelStep, reading: _Reading) -> ModelReply:
        """Decline, look it up in the documents, or ask about the words that nothing consumed."""
        lang, unread = step.run_context.lang, reading.unread
        ask = None if unread is None else unread.ask
        near = "" if unread is None else unread.act
        if near not in _READING and only_asks(step.user_text, lang):
            near = ""  # the nearest wording was a write, but nobody asks for a write so
        if ask is not None and near not in _READING:
            return ModelReply(question=_question(ask))
        guess = self._classifier.classify(step.user_text)[0] if self._classifier else None
        asks = is_question(step.user_text, lang)
        if near == "show" or not (asks and guess is not None and guess.tool in _KNOWERS):
            if ask is not None and ask.code in _SURE:
                return ModelReply(question=_question(ask))
            if guess is not None and guess.tool == OUT_OF_SCOPE and guess.probability > UNLIKELY:
                refusal = ModelRefusal(reason=say("out_of_scope", lang), id=OUT_OF_SCOPE)
                return ModelReply(refusal=refusal)
        loose = ask is None or near in {"", "show"}
        asked = near == "" and only_asks(step.user_text, lang)
        recalls = guess is None or asked or guess.tool in (_READERS if loose else _KNOWERS)
        if recalls and asks:
            call = ToolCall(name="recall_knowledge", args={"question": step.user_text, "about": ""})
            return ModelReply(calls=(call,), question=self._otherwise(step, reading))
        return ModelReply(
            question=_question(ask) if ask is not None else self._leftover(step, unread)
        )

    def _otherwise(self, step: ModelStep, reading: _Reading) -> PendingQuestion | None:
        """Return the question for a question about records that the documents do not answer."""
        unread = reading.unread
        if not step.language.speaks_of_records(step.user_text, context=reading.slots.context):
            return None
        ask = None if unread is None else unread.ask
        return _question(ask) if ask is not None else self._leftover(step, unread)

    def _leftover(self, step: ModelStep, unread: Unread | None) -> PendingQuestion:
        lang = step.run_context.lang
        clause = step.user_text if unread is None else unread.clause
        words = f"“{strip_fillers(clause, self._grammar(lang).fillers, lang)[:200]}”"
        return PendingQuestion(text=say("leftover", lang, words=words), code="leftover")

    def _grammar(self, lang: Lang) -> Grammar:
        if lang not in self._grammars:
            self._grammars[lang] = load_grammar(lang)
        return self._grammars[lang]


def _context(step: ModelStep) -> LanguageContext:
    run = step.run_context
    return LanguageContext(now=run.now, timezone=run.timezone, me=run.me, currency=run.currency)


def _languages(first: Lang) -> tuple[Lang, Lang]:
    return ("zh", "en") if first == "zh" else ("en", "zh")


def _hold(held: Sequence[str], text: str, lang: Lang) -> ModelReply:
    """Change nothing: the message says not to, or only thinks of it."""
    if len(held) < len(sentences(text)):
        words = f"“{text[:200]}”"
        return ModelReply(question=PendingQuestion(text=say("excepted", lang, words=words)))
    return ModelReply(text=say(held[0], lang))


_FREE = (Find, Show, Log, Recall, Explain, Consent, Chat, Select)
"""Acts that change no record, or keep what somebody said in his own words."""


def _only_reads_or_logs(readings: Sequence[_Reading]) -> bool:
    """True if the message is a question, or notes that somebody said "do not …"."""
    good = next((r for r in readings if r.unread is None), None)
    return good is not None and all(isinstance(act, _FREE) for act in good.acts)


def _only_selects(acts: Sequence[Act]) -> bool:
    """True for a bare noun phrase, which may as well be a follow-up."""
    return len(acts) == 1 and type(acts[0]).__name__ in {"Find", "Show", "Select"}


def _question(ask: Ask) -> PendingQuestion:
    options = tuple(Option(label=c.label, reply=c.text) for c in ask.choices)
    return PendingQuestion(text=ask.text, options=options, code=ask.code, about=ask.about)


def _after_tools(results: Sequence[CallResult], lang: Lang) -> ModelReply:
    """A tool sent its call back: ask the person, since the same words would give the same call."""
    last = results[-1].result
    if isinstance(last, ToolRetry):
        return ModelReply(question=PendingQuestion(text=last.message, code="leftover"))
    if isinstance(last, ToolQuestion):
        return ModelReply(
            question=PendingQuestion(text=last.text, options=last.options, code=last.code)
        )
    return ModelReply(text=say("greet", lang))
