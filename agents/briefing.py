"""What a hosted model is sent: the role's prompt, the conversation, and tool results as data."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agents.model import CallResult, ModelStep
from agents.replies import option_lines
from knowledge_graph.ontology.access import Role
from prompts.library import PromptLibrary
from tools.outcomes import ApprovalRequired, Table, ToolOk, ToolResult
from tools.spec import ToolSpec

ROWS = 20
"""Rows of a table that a model is shown."""
RESULT_CHARS = 6000
_ROLE_PROMPTS = {Role.OWNER: "sales"}
_DATA_TAG = re.compile(r"<\s*/?\s*data\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Briefing:
    """Messages for one step and the digest of the prompts in them."""

    messages: tuple[BaseMessage, ...]
    digest: str

    @property
    def text(self) -> str:
        """All of it as one text, for the token estimate."""
        return "\n".join(str(m.content) for m in self.messages)


def brief(step: ModelStep, prompts: PromptLibrary, *, json_mode: bool) -> Briefing:
    """Return what the model is sent for one step.

    Args:
        step: The step.
        prompts: The prompt library.
        json_mode: The model answers by JSON schema instead of native tool calls.
    """
    run = step.run_context
    role = prompts.get(
        f"{_ROLE_PROMPTS.get(run.actor.role, run.actor.role.value)}/system", run.lang
    )
    rules = prompts.get("shared/rules", run.lang)
    today = run.now.astimezone(ZoneInfo(run.timezone)).strftime("%Y-%m-%d (%A)")
    parts = [role.render(today=today, timezone=run.timezone), rules.render()]
    digests = [role.digest, rules.digest]
    if json_mode:
        protocol = prompts.get("shared/json_mode", run.lang)
        parts.append(protocol.render(tools="\n".join(_described(t) for t in step.tools)))
        digests.append(protocol.digest)
    messages: list[BaseMessage] = [SystemMessage("\n\n".join(parts))]
    messages += [
        HumanMessage(line.text) if line.role == "user" else AIMessage(line.text)
        for line in step.history
    ]
    messages.append(HumanMessage(_question(step, prompts) + step.user_text))
    if step.tool_results:
        messages.append(HumanMessage(results_text(step.tool_results)))
    return Briefing(messages=tuple(messages), digest="+".join(digests))


def _question(step: ModelStep, prompts: PromptLibrary) -> str:
    pending = step.pending_question
    if pending is None:
        return ""
    prompt = prompts.get("shared/open_question", step.run_context.lang)
    options = option_lines(pending.options) or "-"
    return prompt.render(question=pending.text, options=options, before=pending.user_text) + "\n\n"


def _described(tool: ToolSpec) -> str:
    fields = tool.args.model_fields
    args = [
        f"{name}{'' if field.is_required() else ' (optional)'}: {field.description or name}"
        for name, field in fields.items()
    ]
    return f"- {tool.name}: {tool.description}\n  " + "; ".join(args)


def results_text(results: Sequence[CallResult]) -> str:
    """Return tool results as fenced data; nothing inside can close the fence."""
    return "\n".join(_fenced(item) for item in results)


def _fenced(item: CallResult) -> str:
    call = json.dumps({"tool": item.call.name, "args": dict(item.call.args)}, ensure_ascii=False)
    body = _DATA_TAG.sub("‹data", _body(item.result))[:RESULT_CHARS]
    return f"{_DATA_TAG.sub('‹data', call)}\n<data>\n{body}\n</data>"


def _body(result: ToolResult) -> str:
    if isinstance(result, ToolOk):
        lines = [result.text, *result.warnings, *_rows(result.table)]
        lines += [f"[{e.id}] {e.source}: {e.quote}" for e in result.evidence]
        return "\n".join(lines)
    if isinstance(result, ApprovalRequired):
        return result.summary
    message = getattr(result, "message", None)  # ToolRetry
    return str(message if message is not None else getattr(result, "text", ""))


def _rows(table: Table | None) -> list[str]:
    if table is None:
        return []
    rows = [" | ".join(row) for row in table.rows[:ROWS]]
    more = len(table.rows) - ROWS
    return [" | ".join(table.columns), *rows, *([f"(+{more})"] if more > 0 else [])]
