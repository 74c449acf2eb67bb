"""check_consent, request_consent and withdraw_consent."""

from __future__ import annotations

from knowledge_graph.consent import GrantTerms
from knowledge_graph.expression.nodes import Compare, Field, Or, Query
from knowledge_graph.language.results import Ask
from knowledge_graph.ontology.access import Role
from knowledge_graph.ontology.fields import Tier
from knowledge_graph.ontology.record import RecordRef
from knowledge_graph.ontology.schema import SUBJECT_KINDS
from knowledge_graph.ontology.subject import company_behind
from tools.asking import Session, question_of
from tools.consent.args import (
    CheckConsentArgs,
    DataCardArgs,
    DataUsesArgs,
    RequestConsentArgs,
    WithdrawConsentArgs,
)
from tools.consent.card import shown_card
from tools.consent.service import ConsentDesk, new_request
from tools.consent.uses import shown_uses
from tools.context import Lang
from tools.grounds import (
    purpose_word,
    purposes_in,
    reason_word,
    tier_word,
    tiers_in,
)
from tools.outcomes import Focus, Option, Table, ToolOk, ToolQuestion, ToolResult
from tools.writing import say


async def check_consent(args: CheckConsentArgs, session: Session, desk: ConsentDesk) -> ToolResult:
    """Return on which ground each tier of a person's data may be used, and until when.

    Args:
        args: Whose.
        session: The session of the call.
        desk: The use cases of consent.
    """
    person = await person_of(args.person, session)
    if isinstance(person, ToolQuestion):
        return person
    lang, access = session.run.lang, session.run.access
    consents, title = await desk.book.current(), await title_of(person, session)
    seen = await session.record(person)
    business = seen is not None and company_behind(person.kind, seen.record.values)
    rows = []
    for tier in Tier:
        ruling = consents.rule(person, tier, access, business=business)
        status = (
            say(lang, "可以使用", "may be used")
            if ruling.allowed
            else reason_word(ruling.reason, lang)
        )
        if ruling.basis.startswith("basis:") and ruling.until < access.at[:10]:
            status += say(lang, "（依据待复核）", " (the basis is due for review)")
        rows.append((tier_word(tier, lang), status, ruling.basis, ruling.until or "—"))
    grants = await desk.terms_of(person)
    lines = [
        say(
            lang,
            f"{title} 的数据（用途：{purpose_word(access.purpose, lang)}）：",
            f"Data of {title} (purpose: {purpose_word(access.purpose, lang)}):",
        )
    ]
    lines += [f"{row[0]}: {row[1]}" for row in rows]
    lines += [_grant_line(terms, access.at, lang) for terms in grants]
    return ToolOk(
        text="\n".join(lines),
        table=Table(
            columns=(
                say(lang, "数据", "Data"), say(lang, "状态", "Status"),
                say(lang, "依据", "Ground"), say(lang, "有效至", "Until"),
            ),
            rows=tuple(rows),
        ),
        focus=Focus(refs=(person,)),
        data={"grants": [t.id for t in grants]},
    )  # fmt: skip


async def request_consent(
    args: RequestConsentArgs, session: Session, desk: ConsentDesk
) -> ToolResult:
    """Return what came of asking a person for a grant, or of the code that gives one.

    Args:
        args: Whom, for what; or the code.
        session: The session of the call.
        desk: The use cases of consent.
    """
    person = await person_of(args.person, session)
    if isinstance(person, ToolQuestion):
        return person
    if args.code:
        return await _confirmed(args, person, session, desk)
    lang = session.run.lang
    tiers = tiers_in(args.tiers)
    if not tiers:
        return _which_tiers(lang)
    purposes = purposes_in(args.purpose) if args.purpose else (session.run.purpose,)
    if len(purposes) != 1:
        text = say(
            lang, "一次授权只能有一个用途，是哪一个？", "A consent has one purpose. Which one?"
        )
        options = tuple(Option(label=purpose_word(p, lang), reply=p) for p in purposes or _COMMON)
        return ToolQuestion(text=text, options=options, code="missing_argument", slot="purpose")
    title = await title_of(person, session)
    notice = _notice(title, tiers, purposes[0], args.hours, lang)
    request = new_request(person, tiers, purposes[0], args.hours, session.run.access)
    kept = await desk.ask(request, notice, session.run.access)
    return ToolOk(
        text=say(
            lang,
            f"已请授权机构征求 {title} 的同意：{notice}\n本人会收到一个验证码；"
            "把验证码告诉我即可生效（“授权码 …”）。在此之前什么都没有放开。",
            f"The consent authority is asking {title}: {notice}\nThe person gets a code; tell me the code to"
            ' put it into force ("consent code …"). Until then nothing is allowed.',
        ),
        focus=Focus(refs=(person,)),
        data={"request": kept.id},
    )


async def withdraw_consent(
    args: WithdrawConsentArgs, session: Session, desk: ConsentDesk
) -> ToolResult:
    """Return which of a person's grants were withdrawn, at once.

    Args:
        args: Whose, which.
        session: The session of the call.
        desk: The use cases of consent.
    """
    person = await person_of(args.person, session)
    if isinstance(person, ToolQuestion):
        return person
    lang = session.run.lang
    done = await desk.withdraw(person, session.run.access, grant_id=args.grant)
    title = await title_of(person, session)
    if not done:
        text = say(lang, f"{title} 没有有效的授权。", f"{title} has no consent in force.")
        return ToolOk(text=text, focus=Focus(refs=(person,)), data={"count": 0})
    listed = "\n".join(_scope(t, lang) for t in done)
    return ToolOk(
        text=say(
            lang,
            f"已撤回 {title} 的授权，立即生效：\n{listed}",
            f"Withdrawn, with immediate effect, for {title}:\n{listed}",
        ),
        focus=Focus(refs=(person,)),
        data={"count": len(done)},
    )


async def data_card(args: DataCardArgs, session: Session, desk: ConsentDesk) -> ToolResult:
    """Return a person's data card, or the question who is meant."""
    person = await person_of(args.person, session)
    if isinstance(person, ToolQuestion):
        return person
    return await shown_card(person, session, desk)


async def data_uses(args: DataUsesArgs, session: Session, desk: ConsentDesk) -> ToolResult:
    """Return who used a person's data, or the question who is meant."""
    person = await person_of(args.person, session)
    if isinstance(person, ToolQuestion):
        return person
    return await shown_uses(person, session, desk.ledger)


_COMMON = ("quote", "service", "marketing", "analytics")


async def _confirmed(
    args: RequestConsentArgs, person: RecordRef, session: Session, desk: ConsentDesk
) -> ToolResult:
    lang = session.run.lang
    waiting = [r for r in await desk.store.requests(person) if r.status == "waiting"]
    if not waiting:
        text = say(
            lang, "没有等待答复的授权请求。", "No request for consent is waiting for a code."
        )
        return ToolOk(text=text, data={"count": 0})
    request = waiting[0]
    chosen = tiers_in(args.tiers) or request.tiers
    terms = await desk.confirm(request.id, args.code, chosen, session.run.access)
    title = await title_of(person, session)
    return ToolOk(
        text=say(
            lang,
            f"{title} 已授权：{_scope(terms, lang)}。可随时撤回。",
            f"{title} has consented: {_scope(terms, lang)}. It can be withdrawn at any time.",
        ),
        focus=Focus(refs=(person,)),
        data={"grant": terms.id, "until": terms.until},
    )


def _which_tiers(lang: Lang) -> ToolQuestion:
    """Return the question which data is meant; none is chosen beforehand."""
    return ToolQuestion(
        text=say(lang, "需要哪一类信息的授权？", "Which data shall the consent cover?"),
        options=tuple(Option(label=tier_word(t, lang), reply=t.value) for t in Tier),
        code="missing_argument",
        slot="tiers",
    )


def _notice(title: str, tiers: frozenset[Tier], purpose: str, hours: int, lang: Lang) -> str:
    named = say(lang, "、", ", ").join(tier_word(t, lang) for t in sorted(tiers))
    return say(
        lang,
        f"在 {hours} 小时内，为“{purpose_word(purpose, lang)}”使用{named}，可随时撤回",
        f"use of {named} for {purpose_word(purpose, lang)}, for {hours} hours, revocable at any time",
    )


def _scope(terms: GrantTerms, lang: Lang) -> str:
    """Return what a grant covers."""
    named = say(lang, "、", ", ").join(tier_word(t, lang) for t in sorted(terms.tiers))
    until = terms.until.replace("T", " ").removesuffix("Z") + " UTC"
    return say(
        lang,
        f"{named}，用途“{purpose_word(terms.purpose, lang)}”，至 {until}",
        f"{named} for {purpose_word(terms.purpose, lang)} until {until}",
    )


def _grant_line(terms: GrantTerms, at: str, lang: Lang) -> str:
    if terms.revoked_at:
        state = say(lang, "已撤回", "withdrawn")
    else:
        state = (
            say(lang, "有效", "in force") if terms.until > at else say(lang, "已到期", "expired")
        )
    return say(
        lang, f"授权（{state}）：{_scope(terms, lang)}", f"Consent ({state}): {_scope(terms, lang)}"
    )


async def person_of(text: str, session: Session) -> RecordRef | ToolQuestion:
    """Return whom words name; a customer is himself, whatever he says."""
    if session.run.actor.role is Role.CUSTOMER:
        return await _self(session)
    if not text:
        recent = [r for r in session.run.focus.refs if r.kind in SUBJECT_KINDS]
        if len(recent) == 1:
            return recent[0]
        asked = say(session.run.lang, "是哪一位客户联系人？", "Which person is it about?")
        return ToolQuestion(text=asked, code="missing_argument", slot="person")
    found = session.resolve(text, kinds=SUBJECT_KINDS)
    return question_of(found, "person") if isinstance(found, Ask) else found.value


async def _self(session: Session) -> RecordRef | ToolQuestion:
    """Return the contact that the customer is."""
    me = session.run.actor.id
    same = (
        Compare(op="eq", term=Field(id="contact.email"), value=me.lower()),
        Compare(op="eq", term=Field(id="contact.id"), value=me),
    )
    query = Query(entity="contact", condition=Or(args=same))
    page = await session.graph.find(query, session.run.access, now=session.run.now, limit=1)
    if page.records:
        return page.records[0].record.ref
    text = say(session.run.lang, "我们没有您的记录。", "We keep no record of you.")
    return ToolQuestion(text=text, code="not_found")


async def title_of(person: RecordRef, session: Session) -> str:
    """Return what a person is called, the id if the name is withheld."""
    seen = await session.record(person)
    return seen.record.title if seen is not None else person.id
