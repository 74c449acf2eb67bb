"""Rules over HTTP: events in, rules previewed, deployed and explained, firings drawn."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import PlainTextResponse, Response
from pydantic import Field

from channels.ports import User
from channels.web.problems import problem_responses
from channels.web.service import Served, Service, Signed
from channels.wire import Wire
from knowledge_graph.errors import BadInputError, NotAllowedError, NotFoundError
from knowledge_graph.ontology.access import Role
from knowledge_graph.ontology.record import RecordRef, Value
from knowledge_graph.rule_ports import RuleEvent
from tools.context import Lang
from tools.outcomes import ApprovalRequired, ToolFailed, ToolOk, ToolQuestion, ToolResult
from tools.rules.calling import Caller, RuleDesk

Name = Annotated[str, Path(pattern=r"^[Rr]\d{1,9}(@\d{1,9})?$")]
Format = Literal["cel", "dmn", "jdm"]
LangQuery = Annotated[Literal["zh", "en"], Query()]
_SENDERS = frozenset({Role.SALES, Role.OWNER})


class EventIn(Wire):
    """Something that happened; sent again with the same id it counts once."""

    id: str = Field(min_length=1, max_length=200)
    kind: str = Field(max_length=80)
    account: str = Field(min_length=1, max_length=200)
    """Our id of the customer."""
    at: str = Field(max_length=40)
    values: dict[str, str | int | float | bool] = Field(default_factory=dict, max_length=60)
    source: str = Field(default="", max_length=80)


class EventsIn(Wire):
    """Some events, taken in together or not at all."""

    events: tuple[EventIn, ...] = Field(min_length=1, max_length=500)


class TakenOut(Wire):
    """How many events were new; they and what rules make of them are on disk."""

    taken: int


class SentenceIn(Wire):
    """A rule as a person says it."""

    sentence: str = Field(min_length=1, max_length=10_000)
    rule: str = Field(default="", max_length=40)
    limits: str = Field(default="", max_length=200)
    lang: Lang = "zh"
    confirm: bool = False
    """Deploy at once: the caller has read the preview and says yes."""


class StateIn(Wire):
    """What a rule is to become."""

    to: Literal["retired", "paused", "active", "rollback", "taken_over"]
    reason: str = Field(default="", max_length=500)
    lang: Lang = "zh"


class VoteIn(Wire):
    """What a member of the rule committee says."""

    agree: bool
    reason: str = Field(min_length=1, max_length=500)
    lang: Lang = "zh"


class ToldOut(Wire):
    """What came of a call, in words and as data."""

    outcome: Literal["done", "proposed", "asked", "refused"]
    text: str
    lines: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    code: str = ""
    change_id: str = ""
    data: dict[str, object] = Field(default_factory=dict)
    rows: tuple[dict[str, str], ...] = ()


def told(result: ToolResult, change_id: str = "") -> ToldOut:
    """Return what a tool came to as JSON has it."""
    if isinstance(result, ApprovalRequired):
        outcome: Literal["done", "proposed"] = "done" if change_id else "proposed"
        return ToldOut(
            outcome=outcome, text=result.summary, lines=result.warnings, change_id=change_id
        )
    if isinstance(result, ToolQuestion):
        options = tuple(o.label for o in result.options)
        return ToldOut(outcome="asked", text=result.text, options=options, code=result.code)
    if isinstance(result, ToolFailed):
        return ToldOut(outcome="refused", text=result.text, code=result.code)
    if not isinstance(result, ToolOk):
        return ToldOut(outcome="asked", text=result.message)
    table = result.table
    rows = (
        () if table is None else tuple(dict(zip(table.columns, r, strict=True)) for r in table.rows)
    )
    return ToldOut(outcome="done", text=result.text, data=dict(result.data or {}), rows=rows)


def _desk(service: Service) -> RuleDesk:
    if service.parts.rules is None:
        raise NotFoundError("rules are not served here")
    return service.parts.rules


def _caller(user: User, lang: Lang) -> Caller:
    return Caller(actor=user.actor, lang=lang, channel="web")


async def take_events(body: EventsIn, caller: Signed, service: Served) -> TakenOut:
    """Return how many events were new, once they and what is to be done about them are on disk.

    Raises:
        NotAllowedError: The caller may not send events.
    """
    if caller.user.role not in _SENDERS:
        raise NotAllowedError(f"{caller.user.role} may not send events")
    events = [_event(e) for e in body.events]
    return TakenOut(taken=await _desk(service).service.runtime.ingest(events))


def _event(given: EventIn) -> RuleEvent:
    values: dict[str, Value] = dict(given.values)
    return RuleEvent(
        id=given.id,
        kind=given.kind,
        subject=RecordRef(kind="account", id=given.account),
        at=given.at,
        values=values,
        source=given.source,
    )


async def list_all(caller: Signed, service: Served, lang: LangQuery = "zh") -> ToldOut:
    """Return all rules."""
    return told(await _desk(service).call("list_rules", {}, _caller(caller.user, lang)))


async def preview(body: SentenceIn, caller: Signed, service: Served) -> ToldOut:
    """Return what a rule would do; nothing is kept."""
    args = {"sentence": body.sentence, "rule": body.rule}
    return told(await _desk(service).call("preview_rule", args, _caller(caller.user, body.lang)))


async def deploy(body: SentenceIn, caller: Signed, service: Served) -> ToldOut:
    """Return what is to be confirmed; with `confirm` it is deployed."""
    desk, who = _desk(service), _caller(caller.user, body.lang)
    args = {"sentence": body.sentence, "rule": body.rule, "limits": body.limits}
    result = await desk.call("deploy_rule", args, who)
    if body.confirm and isinstance(result, ApprovalRequired):
        return told(result, await desk.carry_out(result, who))
    return told(result)


class FileIn(Wire):
    """Rules in another format."""

    format: Format
    text: str = Field(min_length=1, max_length=2_000_000)
    lang: Lang = "zh"
    confirm: bool = False
    """Put them in force at once: the caller has read the preview and says yes."""


async def export(
    caller: Signed,
    service: Served,
    format: Format,
    rule: Annotated[list[Name], Query()] = [],  # noqa: B006 - fastapi copies it
    lang: LangQuery = "zh",
) -> PlainTextResponse:
    """Return rules as CEL, DMN or JDM, whole or not at all.

    Raises:
        BadInputError: Something would be lost.
    """
    found = await _desk(service).export(rule, format, _caller(caller.user, lang))
    if isinstance(found, ToolFailed):
        raise BadInputError(found.text)
    return PlainTextResponse(found.text)


async def bring(body: FileIn, caller: Signed, service: Served) -> ToldOut:
    """Return what rules of a file would do; with `confirm` they are put in force."""
    desk, who = _desk(service), _caller(caller.user, body.lang)
    result = await desk.bring(body.text, body.format, who)
    if body.confirm and isinstance(result, ApprovalRequired):
        return told(result, await desk.carry_out(result, who))
    return told(result)


async def differ(
    caller: Signed, service: Served, rule: Name, against: Name | None = None, lang: LangQuery = "zh"
) -> ToldOut:
    """Return what differs between two versions, or from the version before, in words."""
    args = {"what": "diff", "rule": rule, "against": against or ""}
    return told(await _desk(service).call("list_rules", args, _caller(caller.user, lang)))


async def change_state(rule: Name, body: StateIn, caller: Signed, service: Served) -> ToldOut:
    """Retire, pause, resume or roll back a rule at once; the change log can take it back."""
    desk, who = _desk(service), _caller(caller.user, body.lang)
    result = await desk.call(
        "retire_rule", {"rule": rule, "to": body.to, "reason": body.reason}, who
    )
    if isinstance(result, ApprovalRequired):
        return told(result, await desk.carry_out(result, who))
    return told(result)


async def vote(rule: Name, body: VoteIn, caller: Signed, service: Served) -> ToldOut:
    """Note a member's yes or no; with the last yes the rule is in force."""
    args = {"rule": rule, "agree": body.agree, "reason": body.reason}
    return told(await _desk(service).call("vote_on_rule", args, _caller(caller.user, body.lang)))


async def why(
    rule: Name,
    caller: Signed,
    service: Served,
    record: Annotated[str, Query(max_length=300)] = "",
    lang: LangQuery = "zh",
) -> ToldOut:
    """Return why a rule did or did not act on a customer; without one: what it has done lately."""
    args = {"rule": rule, "record": record}
    return told(await _desk(service).call("explain_rule", args, _caller(caller.user, lang)))


async def health(
    caller: Signed,
    service: Served,
    days: Annotated[int, Query(ge=1, le=400)] = 30,
    lang: LangQuery = "zh",
) -> ToldOut:
    """Return how rules are doing."""
    return told(
        await _desk(service).call("rule_health", {"days": days}, _caller(caller.user, lang))
    )


async def report(
    caller: Signed,
    service: Served,
    month: Annotated[str, Query(max_length=20)] = "this",
    lang: LangQuery = "zh",
) -> ToldOut:
    """Return what rules came, went and did in a month ("2026-11", "this" or "last")."""
    return told(
        await _desk(service).call("rule_health", {"month": month}, _caller(caller.user, lang))
    )


async def picture(
    firing: Annotated[str, Path(pattern=r"^[0-9a-f]{20}$")],
    caller: Signed,
    service: Served,
    lang: LangQuery = "zh",
) -> Response:
    """Return a firing as SVG.

    Raises:
        NotFoundError: There is none that the caller may see.
    """
    desk = _desk(service)
    who = _caller(caller.user, lang)
    await desk.call("list_rules", {}, who)  # only who may read rules
    found = await desk.picture(firing, who)
    if found is None:
        raise NotFoundError(f"no firing {firing!r}")
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(found, media_type="image/svg+xml", headers=headers)


def build_rule_routes() -> APIRouter:
    """Return the routes of rules and events."""
    router = APIRouter(
        prefix="/v1",
        responses=problem_responses(),
    )
    router.add_api_route("/events", take_events, methods=["POST"], tags=["rules"])
    router.add_api_route("/rules", list_all, tags=["rules"])
    router.add_api_route("/rules", deploy, methods=["POST"], tags=["rules"])
    router.add_api_route("/rules/preview", preview, methods=["POST"], tags=["rules"])
    router.add_api_route("/rules/health", health, tags=["rules"])
    router.add_api_route("/rules/report", report, tags=["rules"])
    router.add_api_route("/rules/export", export, tags=["rules"])
    router.add_api_route("/rules/import", bring, methods=["POST"], tags=["rules"])
    router.add_api_route("/rules/{rule}/diff", differ, tags=["rules"])
    router.add_api_route("/rules/{rule}/why", why, tags=["rules"])
    router.add_api_route("/rules/{rule}/state", change_state, methods=["POST"], tags=["rules"])
    router.add_api_route("/rules/{rule}/vote", vote, methods=["POST"], tags=["rules"])
    router.add_api_route("/firings/{firing}.svg", picture, tags=["rules"])
    return router
