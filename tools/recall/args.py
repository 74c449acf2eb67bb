"""The arguments of the recall tool, as a model sees them."""

from __future__ import annotations

from pydantic import Field

from tools.spec import ToolArgs


class RecallKnowledgeArgs(ToolArgs):
    """Arguments of recall_knowledge."""

    question: str = Field(max_length=2000, description="The question, in the user's own words.")
    about: str = Field(
        default="",
        max_length=400,
        description="The customer, contact or product it is about: a name or @kind:id; empty = anything.",
    )
