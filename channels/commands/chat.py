"""`guanxi chat`: talk to the assistant, in the terminal or as JSON lines."""

from __future__ import annotations

import argparse
import secrets
import sys

from channels.commands.invocation import Command, Invocation

DEFAULT_THREAD = "main"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument(
        "--json", action="store_true", help="a message a line in, a JSON object a line out"
    )
    parser.add_argument("--thread", metavar="NAME", help="continue the conversation of this name")
    parser.add_argument(
        "--purpose",
        metavar="CODE",
        default="",
        help="what personal data is used for, such as quote",
    )


async def run(call: Invocation) -> int:
    """Talk until the input ends and return the exit status."""
    from channels.console.lines import Speaker
    from channels.inbound import thread_key
    from channels.upkeep import kept_up

    actor = call.who()
    as_json: bool = call.options.json
    name = call.options.thread or (secrets.token_hex(8) if as_json else DEFAULT_THREAD)
    thread = thread_key("console", str(actor), name)
    speaker = Speaker(actor=actor, thread=thread, purpose=call.options.purpose)
    async with call.app() as app, kept_up(app.upkeep):
        app.rules.start()
        if as_json:
            from channels.console.machine import chat_json

            if hasattr(sys.stdout, "reconfigure"):
                sys.stdout.reconfigure(encoding="utf-8", newline="\n")
            await chat_json(
                app.assistant,
                speaker,
                source=sys.stdin.buffer,
                sink=sys.stdout,
            )
        else:
            from rich.console import Console

            from channels.console.terminal import chat_terminal

            await chat_terminal(app.assistant, speaker, Console())
    return 0


COMMAND = Command(name="chat", help="talk to the assistant 对话", arguments=arguments, run=run)
