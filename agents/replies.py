"""Replies composed from typed templates: what the assistant says itself, in Chinese and English.

What a tool says comes from the tool, already in the user's language; these templates say the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from agents.model import CallResult
from agents.state import Answer, Work
from agents.turn import Question
from knowledge_graph.errors import CrmError
from knowledge_graph.ontology.change import Proposal, ProposalStatus
from knowledge_graph.ontology.evidence import Evidence
from tools.context import Lang, RunContext
from tools.outcomes import ApprovalRequired, Focus, Option, Table, ToolFailed, ToolOk, ToolQuestion

_TEXTS = MappingProxyType({
    "proposed": (
        "待您确认（{count}）：{summary}。尚未写入任何内容。",
        "Waiting for your confirmation ({count}): {summary}. Nothing is written yet.",
    ),
    "proposed_hint": (
        "回复 /confirm {id} 执行，或 /cancel {id} 放弃。",
        " Reply /confirm {id} to carry it out or /cancel {id} to drop it.",
    ),
    "executed": (
        "已完成：{summary}（{count}）。",
        "Done: {summary} ({count}).",
    ),
    "executed_hint": (
        "如需撤销，请回复 /undo {change}。",
        " Reply /undo {change} to take it back.",
    ),
    "cancelled": (
        "已取消：{summary}。没有更改任何内容。",
        "Cancelled: {summary}. Nothing was changed.",
    ),
    "expired": (
        "该操作未执行：“{summary}”已超过 24 小时未确认，已失效。没有更改任何内容；如仍需要，请重新提出。",
        "Not executed: “{summary}” waited for more than 24 hours and has expired. "
        "Nothing was changed; ask again if you still want it.",
    ),
    "already_done": (
        "这项操作此前已经完成，没有再次执行：{summary}。",
        "This was carried out before and was not done a second time: {summary}.",
    ),
    "already_cancelled": (
        "这项操作此前已经取消，没有执行：{summary}。",
        "This was cancelled before and was not carried out: {summary}.",
    ),
    "already_failed": (
        "这项操作此前未能完成，没有更改任何内容：{summary}。请重新提出。",
        "This failed before and changed nothing: {summary}. Please ask again.",
    ),
    "in_progress": (
        "这项操作正在执行，请稍候：{summary}。",
        "This is being carried out right now: {summary}.",
    ),
    "not_yours": (
        "编号 {id} 的操作不存在，或不是由您提出的，不能由您确认或取消。没有更改任何内容。",
        "There is no proposal {id} of yours, so you cannot decide on it. "
        "Nothing was changed.",
    ),
    "nothing_pending": (
        "目前没有等待确认的操作。没有更改任何内容。",
        "Nothing is waiting for confirmation. Nothing was changed.",
    ),
    "which_pending": (
        "有 {count} 项操作等待确认，您指的是哪一项？",
        "{count} proposals are waiting. Which one do you mean?",
    ),
    "sure_pending": (
        "您是要确认这项操作吗：{summary}？",
        "Do you mean to confirm this: {summary}?",
    ),
    "confirm_option": ("确认：{summary}", "Confirm: {summary}"),
    "cancel_option": ("取消：{summary}", "Cancel: {summary}"),
    "failed": ("没有完成：{error} 没有更改任何内容。", "That did not work: {error} Nothing was changed."),
    "commit_failed": (
        "“{summary}”没有执行：{error} 没有更改任何内容。",
        "“{summary}” was not carried out: {error} Nothing was changed.",
    ),
    "commit_unknown": (
        "“{summary}”是否已写入暂时无法确定：{error} 请稍后再次确认，系统会核对，绝不会重复执行。",
        "Whether “{summary}” was written is not known yet: {error} Confirm it again later; "
        "it is checked first and never done twice.",
    ),
    "commit_unknown_hint": ("（/confirm {id}）", " (/confirm {id})"),
    "still_open": ("还没有得到回答：{question}", "That does not answer it yet: {question}"),
    "undone_at_once": (
        "命令会立即执行；用一句话说“撤销”则会先请您确认。",
        "A command is carried out at once; asked for in words, an undo waits for your yes.",
    ),
    "gave_up": (
        "我没能把这句话转换成可靠的操作，所以什么都没做。请换一种说法，例如写明对象和条件。",
        "I could not turn that into a reliable step, so I did nothing. "
        "Please say it in other words, naming the records and the condition.",
    ),
    "fallback": (
        "在线模型未能可靠作答（{reason}），本轮由离线助手完成。",
        "The hosted model gave no reliable answer ({reason}); the offline assistant took this turn.",
    ),
    "nothing_to_change": ("没有需要更改的内容。", "There is nothing to change."),
    "empty": ("请输入一句话。", "Please type a sentence."),
    "too_long": (
        "这条消息太长（最多 {limit} 个字符），没有处理。没有更改任何内容。",
        "This message is too long (at most {limit} characters) and was not read. Nothing was changed.",
    ),
    "dropped": ("好的，已放下这个问题。没有更改任何内容。", "All right, dropped. Nothing was changed."),
    "not_allowed": (
        "您的角色不能进行这项操作。没有更改任何内容。",
        "Your role may not do this. Nothing was changed.",
    ),
    "not_kept": (
        "本轮的决策记录或对话记录未能保存：{error}",
        "The record of this turn could not be kept: {error}",
    ),
    "fact": ("· {id}，来源：{origin}，观察时间：{at}", "· {id}, from {origin}, observed {at}"),
    "no_decision": ("没有找到这条决策记录。", "There is no such decision record."),
    "unknown_command": (
        "没有 {name} 这个命令。可用命令：/confirm、/cancel、/undo、/why、/help。",
        "There is no command {name}. There are /confirm, /cancel, /undo, /why and /help.",
    ),
    "help": (
        "用一句话告诉我您要查什么或改什么，例如：“李薇名下有多少进行中的商机”“把上海的线索转给李薇”。\n"
        "所有更改都会先给您看，确认后才写入。",
        "Tell me in one sentence what to look up or change, e.g. “how many open opportunities has "
        "Priya” or “reassign the leads in Berlin to Raj”.\n"
        "Every change is shown to you first and written only after you confirm it.",
    ),
    "help_commands": (
        "/confirm [编号] 确认 · /cancel [编号] 取消 · /undo [更改编号] 撤销 · "
        "/why [决策编号或更改编号] 查看依据 · /help 帮助",
        "/confirm [id] · /cancel [id] · /undo [change] · /why [decision or change] · /help",
    ),
})  # fmt: skip

_CODES = MappingProxyType({
    "E-SCOPE": (
        "请先选择该商机可以使用哪些个人数据。",
        "say which personal data may be used for this opportunity.",
    ),
    "E-WITHHELD": (
        "这项个人数据没有可用的授权或法律依据，未予读取。",
        "this personal data is withheld: there is no recorded ground for using it.",
    ),
    "E-DENIED": ("您没有进行此操作的权限。", "you are not allowed to do this."),
    "E-CONFLICT": ("相关记录在此期间已被修改。", "the records have changed in the meantime."),
    "E-NOTFOUND": ("没有找到所指的内容。", "there is no such thing."),
    "E-STORE": ("数据库暂时无法访问。", "the database cannot be reached."),
    "E-MODEL": ("模型没有响应。", "the model does not answer."),
})


def say(key: str, lang: Lang, /, **values: object) -> str:
    """Return one of the assistant's own texts.

    >>> say("empty", "en")
    'Please type a sentence.'
    """
    return _TEXTS[key][0 if lang == "zh" else 1].format(**values)


def error_text(error: CrmError, lang: Lang) -> str:
    """Return an error in the user's language, with its own words where they say more.

    >>> error_text(CrmError("disk is full"), "en")
    'disk is full (E-CRM).'
    """
    words = _CODES.get(error.code)
    detail = str(error).rstrip(".。")
    if words is None:
        return f"{detail} ({error.code})" + ("。" if lang == "zh" else ".")
    if lang == "zh":
        return f"{words[0]}（{error.code}）"
    return f"{words[1].rstrip('.')} ({error.code}: {detail})."


def option_lines(options: Sequence[Option]) -> str:
    """Return options as numbered lines, so that a number answers.

    >>> option_lines((Option(label="Raj Patel", reply="@employee:1"),))
    '1. Raj Patel'
    """
    return "\n".join(f"{n}. {o.label}" for n, o in enumerate(options, 1))


def question_text(text: str, options: Sequence[Option]) -> str:
    """Return a question with its options below."""
    return f"{text}\n{option_lines(options)}" if options else text


def merged_evidence(results: Sequence[CallResult]) -> tuple[Evidence, ...]:
    """Return the evidence of all results, each id once, in order."""
    found: dict[str, Evidence] = {}
    for item in results:
        if isinstance(item.result, ToolOk | ApprovalRequired):
            for evidence in item.result.evidence:
                found.setdefault(evidence.id, evidence)
    return tuple(found.values())


def last_focus(results: Sequence[CallResult]) -> Focus | None:
    """Return what the conversation is about after these results."""
    focus = [
        r.result.focus
        for r in results
        if isinstance(r.result, ToolOk | ApprovalRequired) and r.result.focus is not None
    ]
    return focus[-1] if focus else None


def last_table(results: Sequence[CallResult]) -> Table | None:
    """Return the last table shown."""
    tables = [r.result.table for r in results if isinstance(r.result, ToolOk) and r.result.table]
    return tables[-1] if tables else None


def said_by_tools(results: Sequence[CallResult]) -> str:
    """Return the tools' own texts and warnings, in order."""
    lines: list[str] = []
    for item in results:
        if isinstance(item.result, ToolOk):
            lines += [item.result.text, *item.result.warnings]
    return "\n".join(line for line in lines if line)


def compose_results(results: Sequence[CallResult], lang: Lang) -> Answer:
    """Return the answer to reads and immediate writes, from the tools' own texts."""
    last = results[-1].result if results else None
    evidence, focus = merged_evidence(results), last_focus(results)
    if isinstance(last, ToolQuestion):
        return Answer(
            text=question_text(last.text, last.options),
            outcome="asked",
            question=Question(text=last.text, options=last.options),
        )
    if isinstance(last, ToolFailed):
        done = said_by_tools(results)
        text = f"{done}\n{last.text}" if done else last.text
        return Answer(text=text, outcome="failed", evidence=evidence, focus=focus)
    changes = [r.result.change_id for r in results if isinstance(r.result, ToolOk)]
    change_id = next((c for c in reversed(changes) if c), None)
    drafted = any(isinstance(r.result, ApprovalRequired) for r in results)
    nothing = "nothing_to_change" if drafted else "gave_up"
    return Answer(
        text=said_by_tools(results) or say(nothing, lang),
        outcome="executed" if change_id else "answered",
        evidence=evidence,
        table=last_table(results),
        change_id=change_id,
        focus=focus,
    )


def counted(count: int, lang: Lang) -> str:
    """Return a number of records in words.

    >>> counted(1, "en"), counted(20, "en"), counted(1, "zh")
    ('1 record', '20 records', '1 条记录')
    """
    if lang == "zh":
        return f"{count} 条记录"
    return "1 record" if count == 1 else f"{count} records"


def _hinted(key: str, run: RunContext, **values: object) -> str:
    """Return a text, and the commands that go on from it where no button does."""
    text = say(key, run.lang, **values)
    return text if run.buttons else text + say(f"{key}_hint", run.lang, **values)


def compose_proposal(proposal: Proposal, results: Sequence[CallResult], run: RunContext) -> Answer:
    """Return the answer that shows a proposal."""
    count = counted(proposal.count, run.lang)
    asked = _hinted("proposed", run, count=count, summary=proposal.summary, id=proposal.id)
    lines = [said_by_tools(results), asked, *proposal.warnings]
    return Answer(
        text="\n".join(line for line in lines if line),
        outcome="proposed",
        proposal=proposal,
        evidence=merged_evidence(results),
        table=last_table(results),
        focus=last_focus(results),
    )


def compose_executed(proposal: Proposal, run: RunContext) -> Answer:
    """Return the answer to a proposal that has been carried out."""
    change, count = proposal.change_set.id, counted(proposal.count, run.lang)
    text = _hinted("executed", run, summary=proposal.summary, count=count, change=change)
    return Answer(text=text, outcome="executed", change_id=change)


def compose_unknown(proposal: Proposal, error: CrmError, run: RunContext) -> Answer:
    """Return the answer when nobody can tell yet whether a proposal was written."""
    words = error_text(error, run.lang)
    text = _hinted("commit_unknown", run, summary=proposal.summary, error=words, id=proposal.id)
    return Answer(text=text, outcome="failed")


def compose_settled(proposal: Proposal, lang: Lang) -> Answer:
    """Return the answer to a decision on a proposal that is no longer pending."""
    keys = {
        ProposalStatus.DONE: "already_done",
        ProposalStatus.CANCELLED: "already_cancelled",
        ProposalStatus.EXPIRED: "expired",
        ProposalStatus.FAILED: "already_failed",
    }
    key = keys.get(proposal.status, "in_progress")
    return Answer(text=say(key, lang, summary=proposal.summary), outcome="answered")


def with_facts(work: Work, lang: Lang) -> Work:
    """Return a turn whose answer lists the facts it cites with their origins, at most twelve of them."""
    answer = work.answer
    if answer is None or not answer.evidence:
        return work
    lines = [
        say("fact", lang, id=e.id, origin=e.origin or "?", at=e.observed_at)
        for e in answer.evidence[:12]
    ]
    more = len(answer.evidence) - len(lines)
    lines += [f"(+{more})"] if more else []
    return replace(work, answer=replace(answer, text="\n".join([answer.text, *lines])))
