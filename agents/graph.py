"""The agent graph: understand → guard → act → (propose → approve → execute | answer).

A run stops at `approve` with an interrupt that carries only the proposal's id. Each run has its own entry in
the checkpoint file, named by that id, so any number of proposals of one conversation can wait side by side,
and a finished run leaves nothing behind.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from agents import routing
from agents.checkpoints import RunCheckpoints
from agents.model import ChatPort
from agents.nodes.act import Act
from agents.nodes.answer import AnswerNode
from agents.nodes.approve import approve
from agents.nodes.execute import ChangeWriter, Execute
from agents.nodes.guard import Guard
from agents.nodes.propose import Propose
from agents.nodes.understand import Understand
from agents.replies import compose_executed, compose_proposal, compose_settled
from agents.state import AgentState, TurnContext, Verdict, Work
from knowledge_graph.errors import NotFoundError, StoreUnavailableError
from knowledge_graph.ontology.change import ProposalStatus
from knowledge_graph.ports import ProposalStore

Compiled = CompiledStateGraph[AgentState, TurnContext, AgentState, AgentState]


@dataclass(frozen=True, kw_only=True)
class GraphPorts:
    """What the nodes need from outside."""

    model: ChatPort
    offline: ChatPort
    """Takes over when `model` fails; the same object when no other model is configured."""
    proposals: ProposalStore
    writer: ChangeWriter
    checkpoints: RunCheckpoints


def build_graph(ports: GraphPorts) -> Compiled:
    """Return the compiled graph; the only place with nodes and edges."""
    graph = StateGraph(AgentState, context_schema=TurnContext)
    graph.add_node("understand", Understand(model=ports.model, offline=ports.offline))
    graph.add_node("guard", Guard(model=ports.model))
    graph.add_node("act", Act(model=ports.model))
    graph.add_node("propose", Propose(proposals=ports.proposals))
    graph.add_node("approve", approve)
    graph.add_node("execute", Execute(proposals=ports.proposals, writer=ports.writer))
    graph.add_node("answer", AnswerNode(model=ports.model))
    graph.add_conditional_edges(START, routing.route_start, ["understand", "guard", "execute"])
    graph.add_conditional_edges("understand", routing.route_reply, ["guard", "answer"])
    graph.add_conditional_edges("guard", routing.route_guard, ["act", "understand", "answer"])
    after_act = partial(routing.route_act, phrases=ports.model.hosted)
    graph.add_conditional_edges("act", after_act, ["understand", "propose", "answer"])
    graph.add_edge("propose", "approve")
    graph.add_edge("approve", "execute")
    graph.add_edge("execute", END)
    graph.add_edge("answer", END)
    return graph.compile(checkpointer=ports.checkpoints.saver)


class AgentGraph:
    """Runs the graph for the assistant and keeps the checkpoint file small."""

    def __init__(self, ports: GraphPorts) -> None:
        self._ports = ports
        self._graph = build_graph(ports)

    async def run(self, context: TurnContext, *, work: Work, verdict: Verdict = "") -> Work:
        """Return what a turn came to: its answer or its proposal.

        Args:
            context: The run facts.
            work: What is known beforehand: empty, or the calls of an answered question or a command.
            verdict: Given beforehand for explicit commands: the proposal is carried out at once.
        """
        # Nothing outside is touched before the interrupt, so one checkpoint at the exit is enough.
        durability = "sync" if verdict else "exit"
        state: AgentState = {"work": work}
        if verdict:
            state["verdict"] = verdict
        return await self._invoke(state, context, durability)

    async def decide(self, context: TurnContext, verdict: Verdict) -> Work:
        """Return what came of a verdict; the run that waits is resumed, also in another process.

        Args:
            context: The run facts of the person who decides; `proposal_id` names the run.
            verdict: Confirm or cancel.
        """
        # Without the interrupt (the process ended during `execute`, or the checkpoint file is gone or
        # unreadable) the run begins at `execute`: the proposal store knows all that is needed.
        state: AgentState = {"proposal_id": context.proposal_id, "verdict": verdict, "work": Work()}
        waits = False
        with suppress(sqlite3.Error):
            waits = bool((await self._graph.aget_state(self._config(context))).interrupts)
        return await self._invoke(Command(resume=verdict) if waits else state, context, "sync")

    async def forget(self, proposal_id: str) -> None:
        """Drop the run of a proposal that nobody can decide on any more."""
        with suppress(sqlite3.Error):
            await self._ports.checkpoints.finish(proposal_id)

    async def _invoke(
        self, state: AgentState | Command[None], context: TurnContext, durability: str
    ) -> Work:
        try:
            output = await self._graph.ainvoke(
                state,
                self._config(context),
                context=context,
                durability="sync" if durability == "sync" else "exit",
                version="v2",
            )
        except sqlite3.Error as error:
            return await self._salvage(context, error)
        # Pruning can wait: what is left of a finished run is a few ids, and harmless.
        with suppress(sqlite3.Error):
            if output.interrupts:
                await self._ports.checkpoints.keep_newest(context.proposal_id)
            else:
                await self._ports.checkpoints.finish(context.proposal_id)
        return routing.work_of(output.value)

    async def _salvage(self, context: TurnContext, error: sqlite3.Error) -> Work:
        """Return what has become of the proposal when the checkpoint file failed in the middle of a run.

        Raises:
            StoreUnavailableError: There is no proposal; nothing was changed.
        """
        told = StoreUnavailableError(f"the checkpoint file cannot be used ({error})")
        try:
            proposal = await self._ports.proposals.get(context.proposal_id)
        except NotFoundError:
            raise told from error
        if proposal.status is ProposalStatus.PENDING:
            return Work(answer=compose_proposal(proposal, (), context.run))
        if proposal.status is ProposalStatus.DONE:
            return Work(answer=compose_executed(proposal, context.run))
        return Work(answer=compose_settled(proposal, context.run.lang))

    @staticmethod
    def _config(context: TurnContext) -> RunnableConfig:
        return {"configurable": {"thread_id": context.proposal_id}, "recursion_limit": 40}
