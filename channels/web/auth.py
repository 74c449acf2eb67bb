"""Who is calling: a bearer token, or the page's cookie session with its CSRF token; no one is anonymous."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request, Response

from channels.ports import Accounts, SecretUse, User
from channels.web.limits import RateLimiter
from channels.web.parts import WebParts
from channels.web.problems import WebError

SESSION_COOKIE = "guanxi_session"
SAFE_METHODS = frozenset({"GET", "HEAD"})
_BEARER_USES: tuple[SecretUse, ...] = ("api", "session")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """An authenticated caller."""

    user: User
    secret: str
    """The session or token; never shown or logged."""
    by_cookie: bool


def csrf_token(session: str) -> str:
    """Return the token that the page sends with each change: only a holder of the session can know it.

    >>> len(csrf_token("s")), csrf_token("s") == csrf_token("t")
    (64, False)
    """
    return hmac.new(session.encode(), b"guanxi csrf", hashlib.sha256).hexdigest()


def same_origin(request: Request) -> bool:
    """Return whether a request comes from our own page, as far as the browser says.

    Our Referrer-Policy makes browsers send `Origin: null` with forms, so Sec-Fetch-Site is asked first.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def address_of(request: Request) -> str:
    """Return the address of the peer; forwarding headers are not believed."""
    return request.client.host if request.client is not None else "unknown"


def _sends_bearer(request: Request) -> bool:
    return request.headers.get("authorization", "").lower().startswith("bearer ")


class Door:
    """Authenticates and counts."""

    def __init__(self, parts: WebParts) -> None:
        self._accounts: Accounts = parts.accounts
        self._ticker = parts.limits.ticker
        self._secure = parts.secure_cookies
        self._calls = RateLimiter(parts.limits.calls)
        self._addresses = RateLimiter(parts.limits.addresses)
        self._sign_ins = RateLimiter(parts.limits.sign_ins)

    async def caller(self, request: Request) -> Caller:
        """Return who calls an API route.

        Raises:
            WebError: 401 without valid proof, 403 when a cookie's request is not from our page, 429.
        """
        self._count(self._addresses, address_of(request))
        found = (
            await self._bearer(request) if _sends_bearer(request) else await self.session(request)
        )
        if found is None:
            raise WebError(401, "E-AUTH", headers={"www-authenticate": "Bearer"})
        if found.by_cookie and request.method not in SAFE_METHODS:
            sent = request.headers.get("x-csrf-token", "")
            right = hmac.compare_digest(sent.encode(), csrf_token(found.secret).encode())
            if not (right and same_origin(request)):
                raise WebError(403, "E-CSRF")
        self._count(self._calls, found.user.id)
        return found

    async def session(self, request: Request) -> Caller | None:
        """Return whose cookie session it is, None when there is none."""
        secret = request.cookies.get(SESSION_COOKIE, "")
        user = await self._accounts.holder(secret, "session") if secret else None
        return None if user is None else Caller(user=user, secret=secret, by_cookie=True)

    async def _bearer(self, request: Request) -> Caller | None:
        secret = request.headers["authorization"].partition(" ")[2].strip()
        for use in _BEARER_USES:
            user = await self._accounts.holder(secret, use)
            if user is not None:
                return Caller(user=user, secret=secret, by_cookie=False)
        return None

    async def password(self, request: Request, user_id: str, password: str) -> User | None:
        """Return the user whose password this is; attempts are counted by address and by name.

        Raises:
            WebError: 429 after too many attempts.
        """
        self.count_sign_in(request)
        self._count(self._sign_ins, f"name:{user_id}")
        return await self._accounts.check_password(user_id, password)

    def count_sign_in(self, request: Request) -> None:
        """Count an attempt to sign in.

        Raises:
            WebError: 429 after too many.
        """
        self._count(self._sign_ins, f"ip:{address_of(request)}")

    def set_session(self, response: Response, secret: str, *, max_age_s: int) -> None:
        """Give the browser its session."""
        response.set_cookie(
            SESSION_COOKIE,
            secret,
            max_age=max_age_s,
            httponly=True,
            secure=self._secure,
            samesite="lax",
            path="/",
        )

    def _count(self, limiter: RateLimiter, key: str) -> None:
        wait = limiter.wait_s(key, self._ticker())
        if wait > 0:
            raise WebError(429, "E-RATE", headers={"retry-after": str(int(wait) + 1)})
