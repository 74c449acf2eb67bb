"""What a tool is: its name, effect, arguments and function; the model sees only what is declared here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from knowledge_graph.ontology.access import Role
from tools.context import RunContext
from tools.outcomes import ToolResult

Run = Callable[["ToolArgs", RunContext], Awaitable[ToolResult]]


class ToolArgs(BaseModel):
    """Base of all argument models: unknown arguments are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


@dataclass(frozen=True, kw_only=True)
class ToolSpec:
    """One tool. `run` is already bound to its ports (build_* factories in each capability's tool.py)."""

    name: str
    """`verb_noun`."""
    description: str
    """At most 300 characters, English; the model reads it."""
    args: type[ToolArgs]
    effect: Literal["read", "write", "erase"]
    roles: frozenset[Role]
    run: Run
