"""explain_decision: why the assistant did what it did, from the decision log."""

from __future__ import annotations

from knowledge_graph.errors import NotAllowedError
from knowledge_graph.ontology.access import Role
from knowledge_graph.ontology.evidence import Evidence
from knowledge_graph.ports import Decision, DecisionLog
from tools.context import Lang, RunContext
from tools.outcomes import Table, ToolOk, ToolResult
from tools.records.args import ExplainDecisionArgs
from tools.writing import say

_READ_ALL = frozenset({Role.OWNER, Role.STEWARD, Role.MANAGER})
_OUTCOMES = {
    "answered": "已回答",
    "proposed": "已拟定改动，等待确认",
    "executed": "已执行",
    "cancelled": "已取消",
    "asked": "反问了一个问题",
    "refused": "已拒绝",
    "failed": "没有成功",
}


async def explain_decision(
    args: ExplainDecisionArgs, decisions: DecisionLog, run: RunContext
) -> ToolResult:
    """Return what was decided, by what, on which facts.

    Args:
        args: Which decision; empty: the last of this conversation.
        decisions: The decision log.
        run: The facts of the turn.

    Raises:
        NotAllowedError: It is somebody else's, and the actor may read only his own.
    """
    found = (
        await decisions.get(args.decision) if args.decision else await decisions.latest(run.thread)
    )
    if found is None:
        text = say(
            run.lang, "这次对话里还没有决定。", "There is no decision in this conversation yet."
        )
        return ToolOk(text=text)
    if run.actor.role not in _READ_ALL and found.actor != str(run.actor):
        raise NotAllowedError(f"the decision {found.id!r} is not yours")
    return ToolOk(
        text=_text(found, run.lang),
        evidence=tuple(_cited(fact) for fact in found.facts),
        table=_steps(found, run.lang),
        data={"decision": found.id, "outcome": found.outcome},
    )


def _text(found: Decision, lang: Lang) -> str:
    """Return the decision in a few lines."""
    tools = say(lang, "、", ", ").join(str(t.get("name", "")) for t in found.tools)
    changes = say(lang, "、", ", ").join(found.change_ids)
    outcome = _OUTCOMES.get(found.outcome, found.outcome) if lang == "zh" else found.outcome
    lines = [
        say(
            lang,
            f"决定 {found.id}（{found.at}）：{outcome}。",
            f"Decision {found.id} ({found.at}): {outcome}.",
        ),
        say(lang, f"请求者：{found.actor}", f"Asked by: {found.actor}"),
        say(lang, f"模型：{found.model}", f"Model: {found.model}"),
        say(lang, f"依据的事实：{len(found.facts)} 条", f"Facts it rests on: {len(found.facts)}"),
        say(
            lang,
            f"输入摘要 {found.input_digest}，提示摘要 {found.prompt_digest}",
            f"Input digest {found.input_digest}, prompt digest {found.prompt_digest}",
        ),
    ]
    if tools:
        lines.insert(3, say(lang, f"使用的工具：{tools}", f"Tools: {tools}"))
    if changes:
        lines.append(say(lang, f"写入的改动：{changes}", f"Changes written: {changes}"))
    return "\n".join(lines)


def _steps(found: Decision, lang: Lang) -> Table | None:
    """Return the tool calls as rows."""
    if not found.tools:
        return None
    return Table(
        columns=(
            say(lang, "工具", "Tool"),
            say(lang, "参数", "Arguments"),
            say(lang, "结果", "Outcome"),
        ),
        rows=tuple(
            (str(t.get("name", "")), str(t.get("args", "")), str(t.get("outcome", "")))
            for t in found.tools
        ),
    )


def _cited(fact: object) -> Evidence:
    """Return a logged fact as evidence."""
    known = fact if isinstance(fact, dict) else {}
    name = str(known.get("id", ""))
    return Evidence(
        id=name,
        source=name,
        origin=str(known.get("origin", "")),
        observed_at=str(known.get("observed_at", "")),
        quote=str(known.get("quote", name)),
    )
