"""Signing in and out, API tokens, and the codes that bind Slack and Telegram to a user."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request, Response
from pydantic import Field

from channels.ports import IssuedSecret, User
from channels.web.auth import SESSION_COOKIE, Caller
from channels.web.problems import WebError, problem_responses
from channels.web.service import Served, Service, Signed
from channels.wire import Wire

SESSION_HOURS = 12
LINK_MINUTES = 10
TOKEN_DAYS_MAX = 90


class LoginIn(Wire):
    """A user and a password."""

    user: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)


class TokenIn(Wire):
    """How long a token shall live."""

    days: int = Field(default=30, ge=1, le=TOKEN_DAYS_MAX)


class SecretOut(Wire):
    """A new secret; it is shown this once."""

    token: str
    expires_at: str
    user: str
    role: str


class CodeOut(Wire):
    """What to send to the assistant in Slack or Telegram."""

    code: str
    expires_at: str


def _shown(issued: IssuedSecret, user: User) -> SecretOut:
    return SecretOut(
        token=issued.secret,
        expires_at=issued.expires_at,
        user=user.id,
        role=user.role.value,
    )


async def _by_session(caller: Caller, service: Service) -> None:
    """Refuse all but people who signed in: a leaked token cannot prolong itself.

    Raises:
        WebError: 403 for a bearer token of a program.
    """
    if await service.parts.accounts.holder(caller.secret, "session") is None:
        raise WebError(403, "E-DENIED", "a token cannot make tokens or codes; sign in")


async def login(body: LoginIn, request: Request, service: Served) -> SecretOut:
    """Return a short session for a password, to be sent as a bearer token.

    Raises:
        WebError: 401 when the password is wrong, 429 after too many attempts.
    """
    user = await service.door.password(request, body.user, body.password)
    if user is None:
        raise WebError(401, "E-AUTH")
    life = timedelta(hours=SESSION_HOURS)
    issued = await service.parts.accounts.issue(user.id, "session", ttl=life)
    return _shown(issued, user)


async def logout(caller: Signed, service: Served, response: Response) -> None:
    """Make the session or token that is sent worthless."""
    await service.parts.accounts.revoke(caller.secret)
    response.delete_cookie(SESSION_COOKIE, path="/")


async def make_token(body: TokenIn, caller: Signed, service: Served) -> SecretOut:
    """Return a bearer token for programs.

    Raises:
        WebError: 403 when a token asks for a token.
    """
    await _by_session(caller, service)
    life = timedelta(days=body.days)
    return _shown(await service.parts.accounts.issue(caller.user.id, "api", ttl=life), caller.user)


async def make_link_code(caller: Signed, service: Served) -> CodeOut:
    """Return a one-time code that binds the caller's Slack or Telegram person to this user.

    Raises:
        WebError: 403 when a token asks for a code.
    """
    await _by_session(caller, service)
    life = timedelta(minutes=LINK_MINUTES)
    issued = await service.parts.accounts.issue(caller.user.id, "link", ttl=life)
    return CodeOut(code=issued.secret, expires_at=issued.expires_at)


def build_session_routes() -> APIRouter:
    """Return the routes about proof of who one is."""
    router = APIRouter(
        prefix="/v1",
        responses=problem_responses(),
        tags=["sign in"],
    )
    router.add_api_route("/login", login, methods=["POST"])
    router.add_api_route("/logout", logout, methods=["POST"], status_code=204)
    router.add_api_route("/tokens", make_token, methods=["POST"], status_code=201)
    router.add_api_route("/link-codes", make_link_code, methods=["POST"], status_code=201)
    return router
