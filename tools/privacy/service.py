"""Privacy requests in chat: everything about a person, and erasing a person after a second yes."""

from __future__ import annotations

import json
import unicodedata

from knowledge_graph.erasure.eraser import Eraser
from knowledge_graph.erasure.lineage import Found
from knowledge_graph.language.results import Ask
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ontology.schema import SUBJECT_KINDS
from tools.asking import Session, question_of
from tools.outcomes import Option, ToolOk, ToolQuestion, ToolResult
from tools.privacy.access import person_export
from tools.privacy.args import EraseSubjectArgs, ExportSubjectArgs


async def export_subject(args: ExportSubjectArgs, session: Session) -> ToolResult:
    """Return everything that is kept about a person, as the actor may see it.

    Args:
        args: Who.
        session: The session of the call.
    """
    found = session.resolve(args.person, kinds=SUBJECT_KINDS)
    if isinstance(found, Ask):
        return question_of(found, "person")
    text = await person_export(session.graph, [found.value], session.run.access)
    data = json.loads(text)
    records, history = len(data["records"]), len(data["history"])
    title = await _title(found.value, session)
    told = (
        f"“{title}”的全部数据：{records} 条记录，{history} 次变更。"
        if session.run.lang == "zh"
        else f"Everything about {title}: {records} record(s), {history} change(s)."
    )
    return ToolOk(text=told, data=data)


async def erase_subject(args: EraseSubjectArgs, session: Session, eraser: Eraser) -> ToolResult:
    """Return the question whether to erase a person; after the exact yes, what was erased.

    Args:
        args: Who, and the answer to the question.
        session: The session of the call.
        eraser: Erases.

    Raises:
        NotAllowedError: The actor may not, or a law forbids it for now; nothing was changed.
    """
    found = session.resolve(args.person, kinds=SUBJECT_KINDS)
    if isinstance(found, Ask):
        return question_of(found, "person")
    plan = await eraser.plan([found.value], session.run.access)
    # The yes has to stand in what the user typed: a model cannot say it, nor can a text from a record.
    answers = {_folded(_yes(plan, lang)) for lang in ("zh", "en")}
    if _folded(args.confirm) not in answers & {_folded(session.run.user_text)}:
        return _question(plan, session.run.lang)
    done = await eraser.erase(plan.refs, session.run.access)
    report = json.loads(done.report)
    left = "".join(f"\n- {line}" for line in report["not_done"])
    if session.run.lang == "zh":
        told = f"已删除，签名报告编号 {done.id}。" + (f"没有做到的：{left}" if left else "")
    else:
        told = f"Erased; the signed report is {done.id}." + (f" Not done:{left}" if left else "")
    return ToolOk(text=told, data={"report": done.id, "not_done": report["not_done"]})


def _question(plan: Found, lang: str) -> ToolQuestion:
    yes = _yes(plan, lang)
    same = ", ".join(map(str, plan.same))
    if lang == "zh":
        text = (
            f"要彻底删除“{plan.title}”吗？共 {len(plan.refs)} 条本人记录，{plan.related} 条相关记录。"
            "删除无法撤销，备份中也会失效。"
        )
        text += f"同名或同号但不会删除：{same}。" if same else ""
    else:
        text = (
            f"Erase {plan.title} for ever? {len(plan.refs)} record(s) are this person, {plan.related} refer to "
            "them. It cannot be undone, not even from a backup."
        )
        text += f" Same name or number, but they stay: {same}." if same else ""
    options = (Option(label=yes, reply=yes),)
    return ToolQuestion(text=text, options=options, code="confirm_erasure", slot="confirm")


def _yes(plan: Found, lang: str) -> str:
    return f"彻底删除{plan.title}" if lang == "zh" else f"erase {plan.title} for ever"


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


async def _title(ref: RecordRef, session: Session) -> str:
    seen = await session.record(ref)
    return seen.record.title if seen else str(ref)
