"""The assistant: one turn of one person, whatever the channel.

Every channel calls `Assistant.turn` and nothing else. A turn holds the lock of its conversation, reads what
the conversation remembers, acts on a command or runs the agent graph, and leaves a decision log entry.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

from agents import memory
from agents.answering import chosen_option, filled, reworded
from agents.commands import Command, language_of, parse_command, rejects
from agents.desk import WHICH_PROPOSAL, ProposalDesk
from agents.graph import AgentGraph, GraphPorts
from agents.locks import ThreadLocks
from agents.model import PendingQuestion, ToolCall
from agents.record import decision_of, on_basis, records_of
from agents.replies import error_text, question_text, say, with_facts
from agents.state import Answer, TurnContext, Verdict, Words, Work
from agents.turn import Progress, Question, Refusal, TurnReply, TurnRequest
from agents.words import LanguageWords
from knowledge_graph.consent_ports import GrantedWords
from knowledge_graph.errors import CrmError, NotFoundError, UnavailableError
from knowledge_graph.ontology.access import Access, Actor, Role
from knowledge_graph.ontology.change import Proposal
from knowledge_graph.ontology.record import new_id
from knowledge_graph.ports import Clock, Conversation, ConversationStore, Decision, DecisionLog
from tools.asking import speaker
from tools.context import Lang, RunContext
from tools.outcomes import ApprovalRequired, ToolOk
from tools.spec import ToolSpec

if TYPE_CHECKING:
    from knowledge_graph.language.compiler import Language

Report = Callable[[Progress], Awaitable[None]]
MAX_CHARS = 10_000
"""A longer message is not read: no tool argument holds more."""
_OVERSEERS = frozenset({Role.MANAGER, Role.STEWARD, Role.OWNER})


class LanguageSource(Protocol):
    """Where the business language over the current vocabulary comes from."""

    async def current(
        self, *, actor: Actor | None = None, access: Access | None = None
    ) -> Language:
        """Return it, names and values up to date, as far as the actor may know them."""
        ...


@dataclass(frozen=True, kw_only=True)
class AssistantPorts:
    """What the assistant needs from outside, beside what its graph needs."""

    graph: GraphPorts
    tools: tuple[ToolSpec, ...]
    language: LanguageSource
    conversations: ConversationStore
    decisions: DecisionLog
    clock: Clock
    words: Callable[[Language], Words] = LanguageWords
    """The vocabulary as grounding asks it."""
    granted: GrantedWords | None = None
    """Which words of a conversation rest on a consent that has ended."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where this assistant works."""

    tenant: str = "local"
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"
    lang: Lang | Literal[""] = ""
    """Of replies to messages that show no language, in conversations that have none yet."""
    purpose: str = "service"


@dataclass(frozen=True, kw_only=True)
class _Turn:
    """One turn while it runs."""

    context: TurnContext
    conversation: Conversation


class Assistant:
    """Takes turns.

    Args:
        ports: What it needs from outside.
        place: Tenant, time zone and purpose of all turns.
    """

    def __init__(self, ports: AssistantPorts, *, place: Place | None = None) -> None:
        self._ports = ports
        self._place = place or Place()
        self._locks = ThreadLocks()
        self._last_words: tuple[Language, Words] | None = None
        self._graph = AgentGraph(ports.graph)
        self._desk = ProposalDesk(
            graph=self._graph,
            proposals=ports.graph.proposals,
            decisions=ports.decisions,
            granted=ports.granted,
        )

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """All tools, whatever the role."""
        return self._ports.tools

    async def turn(self, request: TurnRequest, progress: Report | None = None) -> TurnReply:
        """Answer one message.

        Args:
            request: The message and who sent it; the role comes from authentication.
            progress: Told what is going on, for channels that stream.

        Returns:
            Everything a channel may show; what could not be done is said in it.

        Raises:
            StoreUnavailableError: Not even the conversation could be read; nothing was changed.
        """
        began = time.perf_counter()
        memory_key = self._memory_key(request.thread, request.actor)
        async with self._locks.hold(memory_key):
            conversation = await self._ports.conversations.load(memory_key)
            run = self._run(request, conversation)
            try:
                conversation = await self._scrubbed(conversation, run)
                work = await self._act(await self._begin(run, conversation, progress))
            except CrmError as error:
                work = _failed(error, run)
            reply = await self._finish(run, conversation, work)
        return replace(reply, ms=round((time.perf_counter() - began) * 1000))

    async def pending(self, thread: str, actor: Actor) -> tuple[Proposal, ...]:
        """Return the proposals of a conversation that wait for a yes, newest first."""
        request = TurnRequest(text="", thread=thread, actor=actor, channel="")
        key = self._memory_key(thread, actor)
        return await self._desk.pending(self._run(request, Conversation(thread=key)))

    async def transcript(self, thread: str, actor: Actor) -> Conversation:
        """Return what a conversation remembers, its newest lines included."""
        held = await self._ports.conversations.load(self._memory_key(thread, actor))
        request = TurnRequest(text="", thread=thread, actor=actor, channel="")
        return await self._scrubbed(held, self._run(request, held))

    async def _scrubbed(self, conversation: Conversation, run: RunContext) -> Conversation:
        """Return what a model may still be given: without words that rest on a consent which has ended."""
        if self._ports.granted is None:
            return conversation
        await self._desk.let_go(run.thread, run.access)
        ended = await self._ports.granted.ended(run.thread, run.access)
        return memory.without(conversation, ended.instants, run.lang)

    def _memory_key(self, thread: str, actor: Actor) -> str:
        return memory.pseudonym(thread, actor, self._place.tenant)

    async def _begin(
        self, run: RunContext, conversation: Conversation, report: Report | None
    ) -> _Turn:
        language = await self._ports.language.current(actor=run.actor, access=run.access)
        run = replace(run, me=speaker(language, run.actor))
        context = TurnContext(
            run=run,
            language=language,
            tools=tuple(t for t in self._ports.tools if run.actor.role in t.roles),
            proposal_id=new_id(),
            history=memory.history_of(conversation),
            pending=memory.decode_question(conversation.question),
            last_calls=memory.decode_recall(conversation.focus).calls,
            vocabulary=self._words(language),
            report=report,
        )
        return _Turn(context=context, conversation=conversation)

    def _words(self, language: Language) -> Words:
        """Return the vocabulary for grounding, the same one while the language is the same."""
        if self._last_words is None or self._last_words[0] is not language:
            self._last_words = (language, self._ports.words(language))
        return self._last_words[1]

    def _run(self, request: TurnRequest, conversation: Conversation) -> RunContext:
        text = _clean(request.text)
        return RunContext(
            actor=request.actor,
            thread=request.thread,
            lang=request.lang or language_of(text, conversation.lang or self._place.lang),
            now=self._ports.clock.now(),
            timezone=self._place.timezone,
            currency=self._place.currency,
            purpose=request.purpose or self._place.purpose,
            tenant=self._place.tenant,
            channel=request.channel,
            buttons=request.buttons,
            decision_id=new_id(),
            user_text=text,
            focus=memory.decode_recall(conversation.focus).focus,
        )

    async def _act(self, turn: _Turn) -> Work:
        """Return what came of a message: a command, an answer to the open question, or a sentence."""
        text, lang = turn.context.run.user_text, turn.context.run.lang
        if not text.strip():
            return _answered(say("empty", lang))
        if len(text) > MAX_CHARS:
            return _refused(say("too_long", lang, limit=MAX_CHARS), "too_long")
        command = parse_command(text)
        if command is not None and not command.plain:
            return await self._command(command, turn)
        pending = turn.context.pending
        option = chosen_option(pending, text) if pending is not None else None
        if pending is not None and option is not None:
            return await self._answer(pending, option.reply, turn)
        if command is not None:
            return await self._plain(command, turn)
        if rejects(text):
            await self._desk.drop_rejected(turn.context)
        work = await self._graph.run(turn.context, work=Work())
        proposed = None if work.answer is None else work.answer.proposal
        if work.reply is not None and work.reply.corrects and proposed is not None:
            await self._desk.drop_rejected(turn.context, instead=proposed.id)
        return work

    async def _answer(self, pending: PendingQuestion, reply: str, turn: _Turn) -> Work:
        """Return the turn with the chosen option in the argument asked for, or as a message of its own."""
        if reply.startswith("/"):
            command = parse_command(reply)
            if command is not None:
                return await self._command(command, turn)
        context = turn.context
        said = pending.user_text or context.run.user_text
        calls = filled(pending, reply)
        if calls is not None:
            run = replace(context.run, user_text=said)
            return await self._graph.run(
                replace(context, run=run, pending=None), work=Work(calls=calls)
            )
        text = None if pending.slot else reworded(said, pending, reply)
        run = replace(context.run, user_text=text or reply)
        context = replace(context, run=run, pending=None if text else pending)
        return await self._graph.run(context, work=Work())

    async def _plain(self, command: Command, turn: _Turn) -> Work:
        """Return what a plain yes or no does: to the open question, if there is one, else to the proposal.

        "Yes" to a question must never carry out a proposal that happens to wait as well.
        """
        pending = turn.context.pending
        if pending is None:
            return await self._desk.decide(command, turn.context)
        if pending.code == WHICH_PROPOSAL:
            return await self._desk.decide(replace(command, plain="clear"), turn.context)
        if command.name == "cancel":
            return _answered(say("dropped", turn.context.run.lang))
        if len(pending.options) == 1:
            return await self._answer(pending, pending.options[0].reply, turn)
        return _still_asked(pending, turn.context.run.lang)

    async def _command(self, command: Command, turn: _Turn) -> Work:
        lang = turn.context.run.lang
        if command.name in {"confirm", "cancel"}:
            return await self._desk.decide(command, turn.context)
        if command.name == "undo":
            return await self._undo(command.arg, turn)
        if command.name == "why":
            return await self._why(command.arg, turn)
        if command.name == "help":
            hint = () if turn.context.run.buttons else (say("help_commands", lang),)
            return _answered("\n".join((say("help", lang), *hint)))
        return _answered(say("unknown_command", lang, name=command.word))

    async def _undo(self, change_id: str, turn: _Turn) -> Work:
        """Return the undo, done at once: the command is the confirmation, and the undo can be undone."""
        change = change_id or (turn.conversation.changes[-1] if turn.conversation.changes else "")
        if not change:  # one's last change of another conversation: shown first
            return await self._call("undo_change", {}, turn)
        work = await self._call("undo_change", {"change": change}, turn, verdict="confirm")
        told = say("undone_at_once", turn.context.run.lang)
        done = work.answer is not None and work.answer.outcome == "executed"
        return replace(work, notices=(*work.notices, told)) if done else work

    async def _why(self, decision_id: str, turn: _Turn) -> Work:
        run = turn.context.run
        decision = await self._decision(decision_id, run)
        if decision is None:
            return _refused(say("no_decision", run.lang), "not_found")
        work = await self._call("explain_decision", {"decision": decision.id}, turn)
        return with_facts(work, run.lang)

    async def _decision(self, decision_id: str, run: RunContext) -> Decision | None:
        """Return a decision that this person may look at."""
        try:
            decision = await (
                self._ports.decisions.get(decision_id)
                if decision_id
                else self._ports.decisions.latest(run.thread)
            )
        except NotFoundError:
            return None
        if decision is None:
            return None
        own = decision.actor == str(run.actor)
        return decision if own or run.actor.role in _OVERSEERS else None

    async def _call(
        self, name: str, args: dict[str, object], turn: _Turn, *, verdict: Verdict = ""
    ) -> Work:
        """Return what one tool does, without the model."""
        if turn.context.tool(name) is None:
            return _refused(say("not_allowed", turn.context.run.lang), "not_allowed")
        calls = (ToolCall(name=name, args=args),)
        return await self._graph.run(turn.context, work=Work(calls=calls), verdict=verdict)

    async def _finish(self, run: RunContext, conversation: Conversation, work: Work) -> TurnReply:
        """Return the reply; the decision is logged and the turn remembered."""
        answer = work.answer or Answer(text=say("gave_up", run.lang), outcome="failed")
        decision = decision_of(run, work, answer)
        if run.user_text.startswith("/why"):  # looking at the log is not the decision looked at
            decision = replace(decision, thread=f"{run.thread}/why")
        done = _done(run, conversation, work)
        after, lines = memory.remember(conversation, run, answer, done=done)
        notices = work.notices
        try:
            if answer.basis and not work.results:
                with suppress(NotFoundError):
                    decision = on_basis(decision, await self._ports.decisions.get(answer.basis))
            await self._ports.decisions.append(decision)
            await self._ports.conversations.append(after, lines)
        except UnavailableError as error:
            # What the turn did is done; only its traces are missing, and the person is told so.
            notices = (*notices, say("not_kept", run.lang, error=error_text(error, run.lang)))
        return TurnReply(
            turn=after.turns,
            reply=answer.text,
            lang=run.lang,
            tool_calls=records_of((*work.discarded, *work.results)),
            proposal=answer.proposal,
            question=answer.question,
            refusal=answer.refusal,
            evidence=answer.evidence,
            table=answer.table,
            change_id=answer.change_id,
            decision_id=decision.id,
            notices=notices,
        )


def _done(run: RunContext, conversation: Conversation, work: Work) -> memory.Done:
    """Return what the turn called, and the change that an /undo is about."""
    command = parse_command(run.user_text) if run.user_text.startswith("/") else None
    if command is None:
        done = [r.call for r in work.results if isinstance(r.result, ToolOk | ApprovalRequired)]
        return memory.Done(calls=tuple(done))
    if command.name != "undo":
        return memory.Done()
    latest = conversation.changes[-1] if conversation.changes else ""
    return memory.Done(undone=command.arg or latest)


def _clean(text: str) -> str:
    """Return a text that can be stored: no lone surrogates, no control characters but line breaks."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(c for c in whole if c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160))


def _still_asked(pending: PendingQuestion, lang: Lang) -> Work:
    """Return the question once more: a plain yes answers none of its options."""
    text = say("still_open", lang, question=pending.text)
    question = Question(text=text, options=pending.options)
    shown = question_text(text, pending.options)
    return Work(answer=Answer(text=shown, outcome="asked", question=question, pending=pending))


def _answered(text: str) -> Work:
    return Work(answer=Answer(text=text, outcome="answered"))


def _refused(text: str, code: str) -> Work:
    refusal = Refusal(reason=text, id=code)
    return Work(answer=Answer(text=text, outcome="refused", refusal=refusal))


def _failed(error: CrmError, run: RunContext) -> Work:
    text = say("failed", run.lang, error=error_text(error, run.lang))
    return Work(answer=Answer(text=text, outcome="failed"))
