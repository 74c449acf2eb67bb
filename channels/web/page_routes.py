"""The pages' routes: chat, sign in, one-time link, language. No state changes on GET."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from channels.ports import User
from channels.web.auth import csrf_token, same_origin
from channels.web.problems import WebError
from channels.web.service import Served, Service
from channels.web.sessions import SESSION_HOURS
from channels.web.texts import COOKIE

_YEAR_S = 31_536_000


def _from_our_page(request: Request) -> None:
    if not same_origin(request):
        raise WebError(403, "E-CSRF")


async def _signed_in(service: Service, user: User) -> Response:
    life = timedelta(hours=SESSION_HOURS)
    issued = await service.parts.accounts.issue(user.id, "session", ttl=life)
    response = RedirectResponse("/", status_code=303)
    service.door.set_session(response, issued.secret, max_age_s=SESSION_HOURS * 3600)
    return response


async def chat_page(request: Request, service: Served) -> Response:
    """Return the chat page, or the way to sign in."""
    caller = await service.door.session(request)
    if caller is None:
        return RedirectResponse("/sign-in", status_code=303)
    words = {"csrf": csrf_token(caller.secret)}
    return service.pages.render("chat.html", request, words, user=caller.user)


async def sign_in_page(request: Request, service: Served) -> Response:
    """Return the sign-in page."""
    return service.pages.render("sign_in.html", request, {"problem": "", "name": ""})


async def sign_in(
    request: Request,
    service: Served,
    user: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Return the way to the chat page with a session, or the form with what was wrong."""
    _from_our_page(request)
    try:
        found = await service.door.password(request, user.strip(), password)
    except WebError:
        words = {"problem": "sign_in_wait", "name": user}
        return service.pages.render("sign_in.html", request, words, status=429)
    if found is None:
        words = {"problem": "sign_in_failed", "name": user}
        return service.pages.render("sign_in.html", request, words, status=401)
    return await _signed_in(service, found)


async def once_page(request: Request, service: Served) -> Response:
    """Return the page that a one-time link opens: it spends nothing until its button is pressed."""
    return service.pages.render("once.html", request, {"problem": ""})


async def once(
    request: Request, service: Served, code: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Return the way to the chat page with a session; the code is spent."""
    _from_our_page(request)
    service.door.count_sign_in(request)
    user = await service.parts.accounts.spend(code.strip(), "sign_in")
    if user is None:
        return service.pages.render("once.html", request, {"problem": "once_failed"}, status=401)
    return await _signed_in(service, user)


async def language(
    request: Request,
    lang: Annotated[str, Form(pattern="^(zh|en)$")],
    back: Annotated[str, Form(pattern=r"^/(sign-in(/once)?)?$")] = "/",
) -> Response:
    """Return to the page in another language."""
    _from_our_page(request)
    response = RedirectResponse(back, status_code=303)
    response.set_cookie(COOKIE, lang, max_age=_YEAR_S, samesite="lax", httponly=True, path="/")
    return response


def build_page_routes() -> APIRouter:
    """Return the routes of the pages."""
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/", chat_page)
    router.add_api_route("/sign-in", sign_in_page)
    router.add_api_route("/sign-in", sign_in, methods=["POST"])
    router.add_api_route("/sign-in/once", once_page)
    router.add_api_route("/sign-in/once", once, methods=["POST"])
    router.add_api_route("/language", language, methods=["POST"])
    return router
