"""`guanxi users`: who may sign in. It works on the workspace's state alone, so no database has to run."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from channels.commands.invocation import Command, Invocation

if TYPE_CHECKING:
    from channels.ports import Accounts

ROLES = ("owner", "sales", "manager", "steward", "customer")
MIN_PASSWORD = 10
TOKEN_DAYS = 30
ONCE_MINUTES = 10


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    below = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = below.add_parser("add", help="add a user, or change role and name of one")
    add.add_argument("id", help="e-mail address or another stable name; ROLE:ID as --as takes it")
    add.add_argument("--role", choices=ROLES, help="default: sales")
    add.add_argument("--name", default="")
    add.add_argument("--password", action="store_true", help="ask for a password")
    below.add_parser("list", help="show all users")
    for name, text in (
        ("disable", "keep a user from signing in"),
        ("enable", "let a user sign in again"),
        ("password", "set a password (asked for, or the first line of standard input)"),
    ):
        below.add_parser(name, help=text).add_argument("id")
    for name, text in (
        ("sign-in-link", "make a link that signs in once on the web page"),
        ("link-code", "make a code that binds a Slack or Telegram account to the user once"),
    ):
        below.add_parser(name, help=text).add_argument("id", nargs="?", default="owner")
    token = below.add_parser("token", help="make a bearer token for HTTP; it is shown once")
    token.add_argument("id")
    token.add_argument("--days", type=int, default=TOKEN_DAYS, help=f"default {TOKEN_DAYS}")


async def run(call: Invocation) -> int:
    """Return the exit status after managing users.

    Raises:
        NotAllowedError: `--as` names somebody who is not the owner.
        BadInputError: A password or a number of days that will not do.
    """
    from knowledge_graph.errors import NotAllowedError
    from knowledge_graph.ontology.access import Role

    if call.who().role is not Role.OWNER:
        raise NotAllowedError("only the owner of the workspace manages users; nothing was changed")
    _part_role(call.options)
    async with _accounts(call) as accounts:
        await _ACTIONS[call.options.action](accounts, call.options)
    return 0


def _part_role(options: argparse.Namespace) -> None:
    """Take the role off an id that is written as `--as` takes it.

    Raises:
        BadInputError: `--role` says another one.
    """
    from knowledge_graph.errors import BadInputError

    role, colon, user_id = getattr(options, "id", "").partition(":")
    if not (colon and role in ROLES and user_id.strip()):
        return
    if getattr(options, "role", None) not in {None, role}:
        raise BadInputError(f"{options.id!r} says {role}, --role says {options.role}")
    options.id, options.role = user_id.strip(), role


@asynccontextmanager
async def _accounts(call: Invocation) -> AsyncIterator[Accounts]:
    from channels.state.opening import open_accounts

    async with open_accounts(call.settings().home, call.clock()) as accounts:
        yield accounts


async def _add(accounts: Accounts, options: argparse.Namespace) -> None:
    from channels.ports import User
    from knowledge_graph.ontology.access import Role

    password = _ask_password() if options.password else None
    user = User(id=options.id, role=Role(options.role or "sales"), name=options.name)
    await accounts.add_user(user, password=password)
    print(f"{user.id}: {user.role}")


async def _list(accounts: Accounts, _: argparse.Namespace) -> None:
    for user in await accounts.users():
        state = " (disabled)" if user.disabled else ""
        print(f"{user.id}\t{user.role}\t{user.name}{state}")


async def _disable(accounts: Accounts, options: argparse.Namespace) -> None:
    await _set_disabled(accounts, options.id, disabled=True)


async def _enable(accounts: Accounts, options: argparse.Namespace) -> None:
    await _set_disabled(accounts, options.id, disabled=False)


async def _set_disabled(accounts: Accounts, user_id: str, *, disabled: bool) -> None:
    from dataclasses import replace

    await accounts.add_user(replace(await accounts.user(user_id), disabled=disabled))
    print(f"{user_id}: {'disabled' if disabled else 'enabled'}")


async def _password(accounts: Accounts, options: argparse.Namespace) -> None:
    user = await accounts.user(options.id)
    await accounts.add_user(user, password=_ask_password())
    print(f"{user.id}: the password is set")


async def _token(accounts: Accounts, options: argparse.Namespace) -> None:
    from knowledge_graph.errors import BadInputError

    if not 1 <= options.days <= 365:
        raise BadInputError(f"a token lives 1 to 365 days, not {options.days}; none was made")
    issued = await accounts.issue(options.id, "api", ttl=timedelta(days=options.days))
    print(issued.secret)
    print(f"expires {issued.expires_at}; it cannot be shown again", file=sys.stderr)


async def _sign_in_link(accounts: Accounts, options: argparse.Namespace) -> None:
    issued = await accounts.issue(options.id, "sign_in", ttl=timedelta(minutes=ONCE_MINUTES))
    print(f"/sign-in/once#{issued.secret}")
    print(
        f"put it behind the address of the service; it works once, until {issued.expires_at}",
        file=sys.stderr,
    )


async def _link_code(accounts: Accounts, options: argparse.Namespace) -> None:
    issued = await accounts.issue(options.id, "link", ttl=timedelta(minutes=ONCE_MINUTES))
    print(issued.secret)
    print(f"send it to the bot; it works once, until {issued.expires_at}", file=sys.stderr)


def _ask_password() -> str:
    from knowledge_graph.errors import BadInputError

    if sys.stdin.isatty():
        password = getpass.getpass("password: ")
        if password != getpass.getpass("again: "):
            raise BadInputError("the two passwords differ; nothing was changed")
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < MIN_PASSWORD:
        raise BadInputError(
            f"a password has at least {MIN_PASSWORD} characters; nothing was changed"
        )
    return password


_ACTIONS = {
    "add": _add,
    "list": _list,
    "disable": _disable,
    "enable": _enable,
    "password": _password,
    "token": _token,
    "sign-in-link": _sign_in_link,
    "link-code": _link_code,
}

COMMAND = Command(
    name="users", help="who may sign in, and their tokens 用户与令牌", arguments=arguments, run=run
)
