"""`guanxi rules …`: compile sentences, preview and deploy them, and look at what rules do."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from channels.commands.invocation import Command, Invocation

if TYPE_CHECKING:
    from channels.bootstrap import App
    from knowledge_graph.language.results import LanguageContext
    from knowledge_graph.language.rules.compiler import RuleCompiler
    from tools.outcomes import ToolResult
    from tools.rules.calling import Caller

_LONGEST_LINE = 1_000_000
"""Bytes."""
Answer = dict[str, object]
_ACTIONS = (
    "compile", "preview", "deploy", "list", "versions", "diff", "pause", "resume", "retire", "rollback",
    "takeover", "approve", "reject", "export", "import", "health", "report", "why", "inbox", "run", "workshop",
)  # fmt: skip
_TOOLS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "list": ("list_rules", {}),
    "versions": ("list_rules", {"what": "versions"}),
    "diff": ("list_rules", {"what": "diff"}),
    "inbox": ("list_rules", {"what": "inbox"}),
    "pause": ("retire_rule", {"to": "paused"}),
    "resume": ("retire_rule", {"to": "active"}),
    "retire": ("retire_rule", {"to": "retired"}),
    "rollback": ("retire_rule", {"to": "rollback"}),
    "takeover": ("retire_rule", {"to": "taken_over"}),
    "approve": ("vote_on_rule", {"agree": True}),
    "reject": ("vote_on_rule", {"agree": False}),
    "health": ("rule_health", {}),
    "report": ("rule_health", {"month": "this"}),
    "why": ("explain_rule", {}),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("what", choices=_ACTIONS, metavar="ACTION", help=", ".join(_ACTIONS))
    parser.add_argument("words", nargs="*", help="a sentence, or R12, or R12 and a customer")
    parser.add_argument("--json", action="store_true", help="JSON lines in (compile) and out")
    parser.add_argument(
        "--dictionary", type=Path, metavar="FILE", help="compile: another dictionary"
    )
    parser.add_argument("--rule", default="", metavar="R12", help="change this rule")
    parser.add_argument("--reason", default="", help="why")
    parser.add_argument("--limits", default="", help="budget=200; cooldown=7 day; from=…; to=…")
    parser.add_argument("--days", type=int, default=30, help="health: how far back")
    parser.add_argument("--format", choices=("cel", "dmn", "jdm"), help="export and import")
    parser.add_argument("--yes", action="store_true", help="do it without asking")


async def run(call: Invocation) -> int:
    """Return the exit status of one action on rules."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    if call.options.what == "compile":
        return _compile(call)
    async with call.app() as app:
        await app.rules.step()
        if call.options.what == "run":
            return await _serve(app)
        if call.options.what == "workshop":
            return await _workshop(call, app)
        if call.options.what == "export":
            return await _export(call, app)
        return await _act(call, app)


# -- compile: no workspace is opened


def _compile(call: Invocation) -> int:
    from knowledge_graph.language.dictionary import Dictionary
    from knowledge_graph.language.results import LanguageContext
    from knowledge_graph.language.rules.compiler import RuleCompiler

    compiler = RuleCompiler(Dictionary.load(call.options.dictionary))
    context = LanguageContext(now=call.clock().now())
    for line in _lines():
        answer = _answered(line, compiler, context)
        told = json.dumps(answer, ensure_ascii=False) if call.options.json else _told(answer)
        print(told, flush=True)
    return 0


def _lines() -> Iterator[bytes]:
    for line in sys.stdin.buffer:
        if line.strip():
            yield line.strip()


def _answered(line: bytes, compiler: RuleCompiler, context: LanguageContext) -> Answer:
    from knowledge_graph.language.rules.reply import reply_json

    try:
        key, text = _request(line)
    except ValueError as error:
        return {"error": {"code": "E-INPUT", "message": str(error)}}
    answer: Answer = {} if key is None else {"id": key}
    return {**answer, **reply_json(compiler.compile(text, context))}


def _request(line: bytes) -> tuple[object, str]:
    if len(line) > _LONGEST_LINE:
        raise ValueError("this line is too long to be a sentence")
    text = line.decode("utf-8")  # UnicodeDecodeError is a ValueError
    if not text.startswith("{"):
        return None, text
    found = json.loads(text)
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        raise ValueError('expected {"id": …, "text": "…"} with a text')  # noqa: TRY004 -- one kind of bad line
    return found.get("id"), found["text"]


def _told(answer: Answer) -> str:
    return str(answer.get("readback") or answer.get("question") or answer.get("error"))


# -- on a workspace


async def _act(call: Invocation, app: App) -> int:
    from tools.outcomes import ApprovalRequired, ToolFailed, ToolQuestion
    from tools.rules.calling import RuleDesk

    desk, caller = RuleDesk(app.rules), _caller(call, " ".join(call.options.words))
    if call.options.what == "import":
        result = await desk.bring(*_file(call), caller)
    else:
        name, args = _tool_call(call)
        result = await desk.call(name, args, caller)
    _show(result, as_json=call.options.json)
    if isinstance(result, ToolFailed | ToolQuestion):
        return 1
    if not isinstance(result, ApprovalRequired):
        return 0
    if not (call.options.yes or _agreed(caller.lang)):
        return 1
    change = await desk.carry_out(result, caller)
    await app.rules.step()
    print(json.dumps({"change": change}) if call.options.json else f"✓ {change}")
    return 0


async def _export(call: Invocation, app: App) -> int:
    """Print rules in another format; nothing is printed when something would be lost."""
    from tools.outcomes import ToolFailed
    from tools.rules.calling import RuleDesk

    found = await RuleDesk(app.rules).export(
        call.options.words, call.options.format or "jdm", _caller(call, "")
    )
    if isinstance(found, ToolFailed):
        print(found.text, file=sys.stderr)
        return 1
    print(found.text)
    return 0


def _file(call: Invocation) -> tuple[str, str]:
    """Return the text of the file to import, and its format: the one named, else that of its ending."""
    from knowledge_graph.errors import ImportFileError

    words = call.options.words
    if len(words) != 1:
        raise ImportFileError("give one file of rules; nothing was imported")
    ending = Path(words[0]).suffix.lstrip(".").lower()
    try:
        text = Path(words[0]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ImportFileError(f"{words[0]!r} cannot be read: {error}") from error
    return text, call.options.format or {"json": "jdm", "xml": "dmn"}.get(ending, ending)


def _tool_call(call: Invocation) -> tuple[str, dict[str, object]]:
    options = call.options
    words: list[str] = list(options.words)
    if options.what in {"preview", "deploy"}:
        args: dict[str, object] = {"sentence": " ".join(words), "rule": options.rule}
        if options.what == "deploy":
            args["limits"] = options.limits
        return f"{options.what}_rule", args
    name, fixed = _TOOLS[options.what]
    args = dict(fixed)
    if words:
        args["month" if options.what == "report" else "rule"] = words[0]
    if options.what == "diff" and len(words) > 1:
        args["against"] = words[1]
    if options.what == "why" and len(words) > 1:
        args["record"] = " ".join(words[1:])
    if name in {"retire_rule", "vote_on_rule"}:
        args["reason"] = options.reason
    if name == "rule_health":
        args["days"] = options.days
    return name, args


def _caller(call: Invocation, text: str) -> Caller:
    from agents.commands import language_of
    from tools.rules.calling import Caller

    return Caller(actor=call.who(), lang=language_of(text, call.settings().language or "en"))


def _show(result: ToolResult, *, as_json: bool) -> None:
    from tools.outcomes import ApprovalRequired, ToolOk, ToolQuestion, ToolRetry

    data: Answer = {}
    if isinstance(result, ApprovalRequired):
        lines = [result.summary, *result.warnings]
        data["proposal"] = result.summary
    elif isinstance(result, ToolRetry):
        lines = [result.message]
        data["error"] = result.message
    elif isinstance(result, ToolQuestion):
        lines = [result.text, *(f"- {o.label}" for o in result.options)]
        data.update({"question": result.text, "reason": result.code})
    else:
        lines = [result.text]
        data["text"] = result.text
        if isinstance(result, ToolOk):
            data.update(result.data or {})
            if result.table is not None:
                lines += [" | ".join(row) for row in (result.table.columns, *result.table.rows)]
                data["rows"] = [
                    dict(zip(result.table.columns, r, strict=True)) for r in result.table.rows
                ]
    print(json.dumps({**data, "lines": lines}, ensure_ascii=False) if as_json else "\n".join(lines))


def _agreed(lang: str) -> bool:
    asked = "执行吗？[y/N] " if lang == "zh" else "Carry it out? [y/N] "
    answer = input(asked) if sys.stdin.isatty() else sys.stdin.readline()
    return answer.strip().lower() in {"y", "yes", "是", "确认"}


async def _serve(app: App) -> int:
    """Run rules in this process until it is stopped."""
    import asyncio

    app.rules.start()
    print("rules are running; stop with ctrl-c", flush=True)
    await asyncio.Event().wait()
    return 0


async def _workshop(call: Invocation, app: App) -> int:
    """Read sentences, a line each, and print what each would be: its read-back and hits, or its question."""
    from tools.rules.calling import RuleDesk

    desk = RuleDesk(app.rules)
    for number, line in enumerate(_lines(), 1):
        text = line.decode("utf-8", "replace")
        result = await desk.call("preview_rule", {"sentence": text[:10_000]}, _caller(call, text))
        if call.options.json:
            _show(result, as_json=True)
        else:
            print(f"{number}. {text}")
            _show(result, as_json=False)
            print()
    return 0


COMMAND = Command(
    name="rules",
    help="business rules: compile, preview, deploy, why, health 规则",
    arguments=arguments,
    run=run,
)
