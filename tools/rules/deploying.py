"""preview_rule and deploy_rule: a sentence becomes a proposal that a person confirms."""

from __future__ import annotations

from dataclasses import dataclass, replace

from knowledge_graph.language.rules.results import RuleAsk, RuleRefused
from knowledge_graph.rules.contract import RuleContract
from knowledge_graph.rules.difference import differences
from knowledge_graph.rules.governance import purposes_of
from tools.asking import Session, readable
from tools.context import Lang
from tools.outcomes import (
    ApprovalRequired,
    Option,
    ToolFailed,
    ToolOk,
    ToolQuestion,
    ToolResult,
)
from tools.rules.args import DeployRuleArgs, PreviewRuleArgs
from tools.rules.book import Shelf
from tools.rules.drafting import limited
from tools.rules.entering import entering
from tools.rules.previewing import Preview
from tools.rules.service import RuleService
from tools.rules.telling import preview_lines
from tools.rules.wording import say


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A draft with its preview, and both in words."""

    shown: Preview
    readback: str
    lines: tuple[str, ...]
    shelf: Shelf


async def look(
    sentence: str,
    rule: str,
    session: Session,
    service: RuleService,
    *,
    extra: DeployRuleArgs | None = None,
) -> Looked | ToolResult:
    """Return a sentence's draft and preview, or the question or refusal that it leads to.

    Args:
        sentence: As the person said it.
        rule: The rule that it changes; empty: a new one.
        session: The session of the call.
        service: The rules.
        extra: Limits and on_exit of a deployment.
    """
    shelf = await service.book.shelf()
    vocabulary = session.language.vocabulary
    drafted = service.drafter.draft(sentence, vocabulary, shelf, session.run, of=rule)
    if isinstance(drafted, RuleAsk):
        return asked(drafted)
    if isinstance(drafted, RuleRefused):
        return ToolFailed(text=drafted.text, code=f"red_line:{drafted.red_line}")
    if extra is not None:
        drafted = limited(drafted, extra.limits)
        if extra.on_exit:
            drafted = replace(drafted, on_exit=extra.on_exit)
    purposes = purposes_of(drafted)
    if len(purposes) > 1:
        return _two_purposes(purposes, session.run.lang)
    viewer = session.run.actor
    shown = await service.previewer.preview(drafted, shelf, viewer)
    mirror = await service.previewer.facts(drafted, viewer)
    lang = session.run.lang
    lines = preview_lines(shown, session.language, service.parts.dictionary, mirror, lang)
    told = await readable(drafted.source.readback, session)
    return Looked(
        shown=shown,
        readback=told.rstrip("。."),
        lines=tuple([await readable(line, session) for line in lines]),
        shelf=shelf,
    )


def _two_purposes(purposes: tuple[str, ...], lang: Lang) -> ToolFailed:
    names = say(lang, "、", ", ").join(purposes)
    text = say(
        lang,
        f"没有部署：这条规则要同时用于 {names}，而个人信息每次只能用于一个目的。请拆成两条规则。",
        f"Not deployed: the rule serves {names} at once, and personal data is used for one purpose at a "
        "time. Please make two rules of it.",
    )
    return ToolFailed(text=text, code="purposes")


def asked(ask: RuleAsk) -> ToolQuestion:
    """Return the question that a sentence leads to; nothing was deployed."""
    options = tuple(Option(label=offer, reply=offer) for offer in ask.offers)
    whole = ask.reason == "ambiguous_scope"
    return ToolQuestion(
        text=ask.text,
        options=options,
        code=ask.reason,
        slot="sentence",
        about=() if whole else ask.about,
    )


async def preview_rule(args: PreviewRuleArgs, session: Session, service: RuleService) -> ToolResult:
    """Return what a rule would do, in words; nothing is kept."""
    found = await look(args.sentence, args.rule, session, service)
    if not isinstance(found, Looked):
        return found
    lang, rule = session.run.lang, found.shown.rule
    head = say(
        lang, f"预览（未部署）：{found.readback}", f"Preview (not deployed): {found.readback}"
    )
    return ToolOk(
        text="\n".join([head, *found.lines]),
        data={
            "rule": rule.ref,
            "hits": found.shown.hits,
            "findings": len(found.shown.findings),
            "blocked": bool(found.shown.blocked),
        },
    )


async def deploy_rule(args: DeployRuleArgs, session: Session, service: RuleService) -> ToolResult:
    """Return the proposal to deploy a rule, with everything that a person has to know before a yes."""
    found = await look(args.sentence, args.rule, session, service, extra=args)
    if not isinstance(found, Looked):
        return found
    lang, rule = session.run.lang, found.shown.rule
    if found.shown.blocked:
        head = say(
            lang,
            f"没有部署：{found.readback}",
            f"Not deployed: {found.readback}",
        )
        return ToolFailed(text="\n".join([head, *found.lines]), code="rule_blocked")
    summary = say(
        lang,
        f"部署规则 {rule.ref}：{found.readback}",
        f"deploy rule {rule.ref}: {found.readback}",
    )
    changes, waits = entering(rule, found.shelf, service)
    lines = list(found.lines)
    if rule.supersedes is not None:
        before = found.shelf.kept[f"{rule.id}@{rule.supersedes}"]
        lines += await _change_lines(before.contract, rule, session, service)
    lines += waits
    return ApprovalRequired(summary=summary, changes=changes, warnings=tuple(lines))


async def _change_lines(
    before: RuleContract, after: RuleContract, session: Session, service: RuleService
) -> list[str]:
    """Return what a new version changes, in words, and whom it affects."""
    lang, vocabulary = session.run.lang, session.language.vocabulary
    differs = differences(before, after, service.drafter.compiler(vocabulary).vocabulary, lang)
    told = say(lang, "；", "; ").join(differs) or say(lang, "没有差别", "no difference")
    affected = await service.previewer.affected(
        before, after, await service.book.shelf(), session.run.actor
    )
    return [
        say(lang, f"相对 {before.ref}：{told}", f"Against {before.ref}: {told}"),
        say(lang, f"影响：{affected.told(lang)}", f"Impact: {affected.told(lang)}"),
    ]
