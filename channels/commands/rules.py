"""`guanxi rules compile --json`: a sentence a line in, a contract, question or refusal a line out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from channels.commands.invocation import Command, Invocation

if TYPE_CHECKING:
    from knowledge_graph.language.results import LanguageContext
    from knowledge_graph.language.rules.compiler import RuleCompiler

_LONGEST_LINE = 1_000_000
"""Bytes."""
Answer = dict[str, object]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("what", choices=("compile",), metavar="compile", help="compile sentences")
    parser.add_argument(
        "--json",
        action="store_true",
        help='a sentence or {"id", "text"} a line in, a JSON object a line out',
    )
    parser.add_argument(
        "--dictionary", type=Path, metavar="FILE", help="another business dictionary"
    )


async def run(call: Invocation) -> int:
    """Compile standard input line by line and return the exit status; no workspace is opened."""
    from knowledge_graph.language.dictionary import Dictionary
    from knowledge_graph.language.results import LanguageContext
    from knowledge_graph.language.rules.compiler import RuleCompiler

    compiler = RuleCompiler(Dictionary.load(call.options.dictionary))
    context = LanguageContext(now=call.clock().now())
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
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


COMMAND = Command(name="rules", help="compile business rules 规则", arguments=arguments, run=run)
