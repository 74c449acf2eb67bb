"""Errors as typed JSON: a code, what it means in the user's language, and the detail; never a traceback."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from channels.web.texts import COOKIE, error_text, page_lang
from channels.wire import Wire
from knowledge_graph.errors import (
    BadInputError,
    ConflictError,
    CrmError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
)
from tools.context import Lang

_LOG = logging.getLogger(__name__)
_STATUS: tuple[tuple[type[CrmError], int], ...] = (
    (NotFoundError, 404),
    (NotAllowedError, 403),
    (ConflictError, 409),
    (BadInputError, 422),
    (UnavailableError, 503),
)


class Problem(Wire):
    """What every answer of 4xx and 5xx holds."""

    code: str
    message: str
    """In the user's language."""
    detail: str = ""
    """What exactly, as the core says it."""
    reference: str = ""
    """Finds the entry in the log, for errors of ours."""


def problem_responses() -> dict[int | str, dict[str, object]]:
    """Return how the errors of every operation are documented in the OpenAPI description."""
    return {status: {"model": Problem} for status in (400, 401, 403, 404, 409, 422, 429, 503)}


class WebError(Exception):
    """An answer of this layer that is not 2xx.

    Args:
        status: The HTTP status.
        code: One of texts.json's `error.*`.
        detail: What exactly.
        headers: Sent with the answer.
    """

    def __init__(
        self, status: int, code: str, detail: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail or code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers


def lang_of(request: Request) -> Lang:
    """Return the language in which this caller is answered."""
    return page_lang(request.cookies.get(COOKIE), request.headers.get("accept-language"))


def status_of(error: CrmError) -> int:
    """Return the HTTP status of an error of the core.

    >>> status_of(NotFoundError("no lead 'L9'")), status_of(CrmError("?"))
    (404, 500)
    """
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def problem(code: str, lang: Lang, detail: str = "") -> Problem:
    """Return the body of an error answer; the detail of an error of ours goes to the log only.

    Args:
        code: The stable code.
        lang: Of the message.
        detail: What exactly.
    """
    return Problem(code=code, message=error_text(code, lang), detail=detail)


def _answer(status: int, body: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body.model_dump(), status_code=status, headers=dict(headers or {}))


async def _web_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, WebError):
        raise error
    body = problem(error.code, lang_of(request), error.detail)
    return _answer(error.status, body, error.headers)


async def _crm_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, CrmError):
        raise error
    return _answer(status_of(error), problem(error.code, lang_of(request), str(error)))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    places = [f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors()[:5]]
    return _answer(422, problem("E-INPUT", lang_of(request), "; ".join(places)))


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    code = "E-METHOD" if error.status_code in {404, 405} else "E-INPUT"
    return _answer(error.status_code, problem(code, lang_of(request)), error.headers)


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every known error as `Problem`."""
    app.add_exception_handler(WebError, _web_error)
    app.add_exception_handler(CrmError, _crm_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)


def log_bug() -> str:
    """Return a new reference under which the current exception stands in the log."""
    reference = f"R-{secrets.token_hex(4)}"
    _LOG.exception("unexpected error %s", reference)
    return reference


class BugBoundary:
    """Answers 500 as `Problem` for anything unexpected; the server itself never shows a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: object) -> None:
            nonlocal started
            started = True
            await send(message)  # type: ignore[arg-type]  # ASGI messages are open mappings

        try:
            await self._app(scope, receive, watched)
        except Exception:  # noqa: BLE001 - the boundary of a request: a bug becomes a 500 with a reference
            reference = log_bug()
            if not started:
                lang = lang_of(Request(scope))
                body = problem("E-INTERNAL", lang).model_copy(update={"reference": reference})
                await _answer(500, body)(scope, receive, send)
