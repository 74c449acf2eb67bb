"""One turn with one tool: this product, plain `create_agent` with a memory saver, and pydantic-ai.

The other two get a model that always makes the same call and no language to understand, no permissions, no
decision log, no evidence and no durable state, so the ratio is the price of those.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from langchain.agents import create_agent
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from agents.turn import TurnRequest
from evals.bench.measuring import NOW, Measured, times
from evals.bench.workspaces import ACCESS
from evals.cases import Workspace
from evals.worlds import Worlds
from knowledge_graph.expression.nodes import Compare, Field, Query
from knowledge_graph.graph import KnowledgeGraph

TEXT = "customers in Berlin"
RUNS = 60
Turn = Callable[[int], Awaitable[object]]


async def side_by_side() -> list[Measured]:
    """Measure the three in turns in one process, over the same in-memory records."""
    worlds = Worlds(Path(__file__).parents[1] / "datasets")
    workspace = Workspace(records_from=("worlds/north.jsonl",))
    async with worlds.open(workspace, "2026-11-20T03:00:00Z") as world:

        async def ours(number: int) -> None:
            await world.app.assistant.turn(
                TurnRequest(text=TEXT, thread=f"s{number}", actor=ACCESS.actor, channel="bench")
            )

        rivals = {
            "this product": ours,
            "create_agent + InMemorySaver": _langchain(world.app.graph),
            "pydantic-ai FunctionModel": _pydantic_ai(world.app.graph),
        }
        found: dict[str, list[float]] = {name: [] for name in rivals}
        for turn in rivals.values():
            await turn(-1)
        for start in range(0, RUNS, 10):
            for name, turn in rivals.items():
                found[name] += await times(lambda n, s=start, t=turn: t(s + n), 10)  # type: ignore[misc] # defaults bind the loop variables
    mine = median(found["this product"])
    return [
        Measured(
            name=f"one turn, one tool: {name} p50",
            value=median(values),
            unit="ms",
            note=""
            if name == "this product"
            else f"this product takes {mine / median(values):.1f} times as long",
        )
        for name, values in found.items()
    ]


async def _berlin(graph: KnowledgeGraph, city: str) -> str:
    query = Query(
        entity="customer",
        condition=Compare(op="eq", term=Field(id="customer.city"), value=city),
    )
    page = await graph.find(query, ACCESS, now=NOW, limit=50)
    return ", ".join(seen.record.title for seen in page.records)


class ScriptedChat(BaseChatModel):
    """Calls the one tool, then repeats what it returned."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> BaseChatModel:
        """Return the model itself: its script knows the tool."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        last = messages[-1]
        if isinstance(last, ToolMessage):
            answer = AIMessage(content=str(last.content))
        else:
            call = {"name": "find_customers", "args": {"city": "Berlin"}, "id": "1"}
            answer = AIMessage(content="", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=answer)])


def _langchain(graph: KnowledgeGraph) -> Turn:
    @tool
    async def find_customers(city: str) -> str:
        """Find the customers of a city."""
        return await _berlin(graph, city)

    agent = create_agent(ScriptedChat(), [find_customers], checkpointer=InMemorySaver())

    async def turn(number: int) -> object:
        config: RunnableConfig = {"configurable": {"thread_id": f"s{number}"}}
        return await agent.ainvoke({"messages": [{"role": "user", "content": TEXT}]}, config)

    return turn


def _pydantic_ai(graph: KnowledgeGraph) -> Turn:
    def answer(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
        returned = [p for p in messages[-1].parts if isinstance(p, ToolReturnPart)]
        if returned:
            return ModelResponse(parts=[TextPart(str(returned[-1].content))])
        return ModelResponse(parts=[ToolCallPart("find_customers", {"city": "Berlin"})])

    agent = Agent(FunctionModel(answer))

    @agent.tool_plain
    async def find_customers(city: str) -> str:
        """Find the customers of a city."""
        return await _berlin(graph, city)

    async def turn(_: int) -> object:
        return await agent.run(TEXT)

    return turn
