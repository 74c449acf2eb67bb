"""`guanxi privacy`: what people ask of their data: access, erasure, and the holds that stand against it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from channels.commands.invocation import Command, Invocation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels.bootstrap import App
    from knowledge_graph.erasure.eraser import Eraser
    from knowledge_graph.ontology.access import Access
    from knowledge_graph.ontology.record import RecordRef

REFUSED = 1


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    export = actions.add_parser(
        "export", help="give a person all data, with its schema 导出个人数据"
    )
    export.add_argument("person", help="contact:ID, lead:ID, a mail address or a whole name")
    export.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    erase = actions.add_parser("erase", help="erase a person everywhere, with a signed report 删除")
    erase.add_argument("person", help="contact:ID, lead:ID, a mail address or a whole name")
    erase.add_argument("--yes", action="store_true", help="do not ask")
    erase.add_argument("--json", action="store_true", help="print the report")
    reports = actions.add_parser("reports", help="erasures and their reports 删除报告")
    reports.add_argument("id", nargs="?", help="one report, whole")
    check = actions.add_parser("check", help="check the signature of a report 核验报告")
    check.add_argument("file", type=Path)
    hold = actions.add_parser("hold", help="a law forbids to erase a record until a day 法定保留")
    hold.add_argument("record", help="contact:ID or lead:ID")
    hold.add_argument("--ground", required=True, help="which law")
    hold.add_argument("--until", required=True, metavar="YYYY-MM-DD")
    actions.add_parser("seal", help="seal a workspace made before people were sealed 加密旧数据")
    release = actions.add_parser("release", help="end a hold 解除保留")
    release.add_argument("record", help="contact:ID or lead:ID")


async def run(call: Invocation) -> int:
    """Return 0 when it was done, 1 when a report does not hold or the person was not confirmed."""
    if call.options.action == "check":
        return _check(call.options.file)
    if call.options.action == "seal":
        return await _seal(call)
    async with call.app() as app:
        return await _ACTIONS[call.options.action](app, call)


async def _seal(call: Invocation) -> int:
    from channels.state.graph import seal_home

    done = await seal_home(call.settings(), call.clock())
    print(f"sealed: {done.changes:,} change sets, {done.texts:,} texts of conversations")
    return 0


async def _export(app: App, call: Invocation) -> int:
    from channels.commands.importing import access_of
    from tools.privacy.access import person_export

    access = access_of(app, call.who())
    refs = await _people(app, call.options.person, access)
    text = await person_export(app.graph, refs, access)
    if call.options.out is None:
        print(text)
    else:
        call.options.out.write_text(text, encoding="utf-8")
        print(f"written: {call.options.out}", file=sys.stderr)
    return 0


async def _erase(app: App, call: Invocation) -> int:
    from channels.commands.importing import access_of

    eraser, options = _eraser(app), call.options
    access = access_of(app, call.who())
    plan = await eraser.plan(await _people(app, options.person, access), access)
    told = sys.stderr if options.json else sys.stdout
    print(
        f"{plan.title}: {len(plan.refs)} record(s) ({', '.join(map(str, plan.refs))}), "
        f"{plan.related} that refer to them. This cannot be undone.",
        file=told,
    )
    if plan.same:
        print(f"stay, but may be the same person: {', '.join(map(str, plan.same))}", file=told)
    if not options.yes and not await _sure():
        print("nothing was erased", file=told)
        return REFUSED
    done = await eraser.erase(plan.refs, access)
    if options.json:
        print(json.dumps(json.loads(done.report), ensure_ascii=False))
        return 0
    report = json.loads(done.report)
    for place in report["done"]["places"]:
        print(
            f"  {place['place']}: {place['found']} found, {place['deleted']} deleted, "
            f"{place['rewritten']} rewritten"
        )
    print(f"  keys: {report['done']['keys']['destroyed']} destroyed")
    for line in report["not_done"]:
        print(f"  not done: {line}")
    print(f"erased; the signed report: {app.home.reports / f'erasure-{done.id}.json'}")
    return 0


async def _sure() -> bool:
    import asyncio

    answer = await asyncio.to_thread(input, "erase? [yes/no] ")
    return answer.strip().lower() in {"yes", "是"}


async def _reports(app: App, call: Invocation) -> int:
    eraser = _eraser(app)
    found = [e for e in eraser.reports() if call.options.id in {None, e.id}]
    for erasure in found:
        whole = call.options.id is not None
        print(erasure.report if whole else f"{erasure.id}  {erasure.at}  {erasure.step}")
    return 0 if found or call.options.id is None else REFUSED


async def _hold(app: App, call: Invocation) -> int:
    from datetime import date

    from knowledge_graph.erasure.journal import Hold
    from knowledge_graph.errors import BadInputError

    options = call.options
    try:
        until = date.fromisoformat(options.until).isoformat()
    except ValueError:
        raise BadInputError(f"no day {options.until!r}; give YYYY-MM-DD") from None
    _may(call)
    app.custody.journal.hold(Hold(ref=_ref(options.record), ground=options.ground, until=until))
    print(f"{options.record} is kept until {until}: {options.ground}")
    return 0


async def _release(app: App, call: Invocation) -> int:
    _may(call)
    app.custody.journal.release(_ref(call.options.record))
    print(f"{call.options.record} may be erased")
    return 0


_ACTIONS = {
    "export": _export,
    "erase": _erase,
    "reports": _reports,
    "hold": _hold,
    "release": _release,
}


def _check(path: Path) -> int:
    from knowledge_graph.erasure.report import verifies

    holds = verifies(path.read_text(encoding="utf-8"))
    print("the report is as it was signed" if holds else "the report does NOT hold")
    return 0 if holds else REFUSED


def _eraser(app: App) -> Eraser:
    from knowledge_graph.errors import NotAllowedError

    if app.eraser is None:
        raise NotAllowedError("this graph store keeps values in the clear: nobody can be erased")
    return app.eraser


def _may(call: Invocation) -> None:
    from knowledge_graph.erasure.eraser import MAY_ERASE
    from knowledge_graph.errors import NotAllowedError

    if call.who().role not in MAY_ERASE:
        raise NotAllowedError(f"{call.who().role} may not keep holds; nothing was changed")


async def _people(app: App, text: str, access: Access) -> Sequence[RecordRef]:
    from knowledge_graph.errors import BadInputError, NotFoundError
    from tools.privacy.access import people_named

    found = await people_named(app.graph, text, access, app.clock.now())
    if not found:
        raise NotFoundError(f"there is nobody by {text!r}; nothing was done")
    if len(found) > 1 and "@" not in text:
        named = ", ".join(map(str, found))
        raise BadInputError(f"{text!r} names {len(found)} people: {named}; give one of these")
    return found


def _ref(text: str) -> RecordRef:
    from knowledge_graph.errors import BadInputError
    from knowledge_graph.ontology.record import RecordRef
    from knowledge_graph.ontology.schema import SUBJECT_KINDS

    kind, _, record_id = text.partition(":")
    if kind not in SUBJECT_KINDS or not record_id:
        raise BadInputError(f"no person {text!r}; give contact:ID or lead:ID")
    return RecordRef(kind=kind, id=record_id)


COMMAND = Command(
    name="privacy",
    help="access, erasure, holds 隐私请求",
    arguments=arguments,
    run=run,
)
